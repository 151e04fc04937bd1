/** Where bytes go, one after the other. The core writes only through this; `src/platform` implements it over a file. */
export interface ByteSink {
  /**
   * @param bytes may be overwritten once the promise is fulfilled
   * @throws NormoscopeError `io` when they cannot be written
   */
  write(bytes: Uint8Array): Promise<void>;
}
