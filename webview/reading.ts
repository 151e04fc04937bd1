import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { HostApi, WorkerReply } from '../src/protocol/messages';
import type { Slice } from '../src/core/analysis/slice';

/** How the page comes by a tensor's elements, and what takes a text of them. */
export interface Reading {
  slice(...asked: Parameters<HostApi['readSlice']>): Promise<WorkerReply<Slice>>;
  tiles(...asked: Parameters<HostApi['readTiles']>): ReturnType<HostApi['readTiles']>;
  copyText(text: string): void;
}

export const ReadingContext = createContext<Reading | null>(null);

export function useReading(): Reading {
  const reading = useContext(ReadingContext);
  if (reading === null) throw new Error('Numbers stand outside of a page that has a file.');
  return reading;
}
