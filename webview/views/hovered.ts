import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Place } from '../charts/groups';

/**
 * The element that all pictures of a tensor light up, each with what shares statistics with it: the one under the pointer
 * or the keyboard's cursor, or the one that was pinned. A signal, so that what lies over the pictures follows and they
 * themselves are not drawn anew.
 */
export class Hovered {
  private readonly element: Signal<Place | null>;
  private readonly isPinned: Signal<boolean>;

  /**
   * @param pinned the element that is held from the beginning
   * @param keep told of every element that is held from now on; null: of none
   */
  constructor(pinned: Place | null = null, private readonly keep?: (pinned: Place | null) => void) {
    this.element = signal(pinned);
    this.isPinned = signal(pinned !== null);
  }

  get place(): ReadonlySignal<Place | null> {
    return this.element;
  }

  get pinned(): ReadonlySignal<boolean> {
    return this.isPinned;
  }

  /** @param place null: the picture has been left. Nothing while an element is pinned */
  hover(place: Place | null): void {
    if (!this.isPinned.peek()) this.show(place);
  }

  /** Holds an element; the one that is held lets go. */
  pin(place: Place | null): void {
    const again = this.isPinned.peek() && same(place, this.element.peek());
    this.isPinned.value = !again && place !== null;
    this.show(place);
    this.keep?.(this.isPinned.peek() ? place : null);
  }

  release(): void {
    this.isPinned.value = false;
    this.show(null);
    this.keep?.(null);
  }

  private show(place: Place | null): void {
    if (!same(place, this.element.peek())) this.element.value = place;
  }
}

function same(one: Place | null, other: Place | null): boolean {
  return one === other || (one !== null && other !== null && one.join() === other.join());
}

export const HoveredContext = createContext<Hovered>(new Hovered());

export function useHovered(): Hovered {
  return useContext(HoveredContext);
}
