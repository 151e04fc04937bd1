/** A map that forgets what was used longest ago once its entries' sizes add up to more than `capacity`. */
export class SizedCache<T> {
  private readonly entries = new Map<string, { readonly value: T; readonly size: number }>();
  private used = 0;

  constructor(private readonly capacity: number) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion: what was used last goes to the end.
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** An entry larger than the whole cache is not kept. */
  set(key: string, value: T, size: number): void {
    this.delete(key);
    if (size > this.capacity) return;
    this.entries.set(key, { value, size });
    this.used += size;
    for (const oldest of this.entries.keys()) {
      if (this.used <= this.capacity) break;
      this.delete(oldest);
    }
  }

  private delete(key: string): void {
    this.used -= this.entries.get(key)?.size ?? 0;
    this.entries.delete(key);
  }
}
