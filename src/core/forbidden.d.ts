// What the pure layers see instead of the module `vscode`: nothing, so that using it is a compile error.
export {};
