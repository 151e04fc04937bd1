// What Node has and its type declarations leave to the browser's library.

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer);
  }
  class Instance {
    readonly exports: object;
  }
  type ImportValue = ((...values: never[]) => unknown) | object;
  type Imports = Record<string, Record<string, ImportValue>>;
  function instantiate(module: Module, imports: Imports): Promise<Instance>;
  function compile(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<Module>;
}
