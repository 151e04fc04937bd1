import { main } from './commandLine/main';

/** Composition root of the command line: the same core as the extension, without VS Code. */
void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
