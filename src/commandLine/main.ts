import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { jsonText } from '../core/analysis/jsonText';
import { NormoscopeError, toErrorData } from '../core/errors';
import { backward } from './backward';
import { exitCodes, type Command, type Values } from './command';
import { compare } from './compare';
import { inspect } from './inspect';
import { normalize } from './normalize';
import { table } from './table';
import { openTerminal, type Terminal } from './terminal';

const commands: readonly Command[] = [inspect, compare, normalize, backward];

/**
 * The whole command line.
 * @param args what stands behind `normoscope`
 * @returns the exit code; nothing is thrown
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  try {
    return await run(args, terminal);
  } catch (error) {
    terminal.progressDone();
    const data = toErrorData(error);
    if (asksForJson(args)) terminal.write(`${jsonText({ error: data })}\n`);
    else terminal.complain(data.message);
    return data.code === 'usage' ? exitCodes.wrongUsage : exitCodes.unreadable;
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args;
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    if (first === '--version') return said(terminal, `${version()}\n`);
    if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) return said(terminal, generalHelp());
    throw new NormoscopeError('usage', `${first === undefined ? 'No command is given' : `There is no command "${first}"`}; ${there()}.`);
  }
  const { values, positionals } = parsed(command, rest);
  if (values['help']) return said(terminal, commandHelp(command));
  if (values['version']) return said(terminal, `${version()}\n`);
  const [file, second] = positionals;
  if (file === undefined) throw new NormoscopeError('usage', `No FILE is given: normoscope ${command.synopsis}`);
  if (second !== undefined) throw new NormoscopeError('usage', `"${command.name}" takes one FILE; "${second}" is a second one.`);
  return command.run(file, values, terminal);
}

function parsed({ name, options }: Command, args: readonly string[]): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
      allowPositionals: true,
    }) as { values: Values; positionals: string[] };
  } catch (error) {
    // Node's messages go on with advice on its own rules after the first sentence.
    const [sentence = ''] = (error as Error).message.split(/\.(?:\s|$)/);
    throw new NormoscopeError('usage', `${sentence}; "normoscope ${name} --help" lists the options.`);
  }
}

/** Asked before anything is understood, so that wrong usage is told in the form that was asked for. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

function said(terminal: Terminal, text: string): number {
  terminal.write(text);
  return exitCodes.done;
}

function there(): string {
  const names = commands.map(({ name }) => `"${name}"`);
  return `there are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function generalHelp(): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary]);
  return [
    'normoscope: what LayerNorm, BatchNorm and their kin do to a tensor',
    '',
    ...commands.map(({ synopsis }) => `  normoscope ${synopsis}`),
    '',
    ...table(rows),
    '',
    'FILE may be - for standard input. "normoscope COMMAND --help" explains the options.',
    'Exit codes: 0 done, 2 wrong usage, 3 the file cannot be read or is refused.',
    '',
  ].join('\n');
}

function commandHelp({ summary, synopsis, help }: Command): string {
  const rows = [...help, ['--help', 'this text']].map(([written = '', does = '']) => [`  ${written}`, does]);
  return [`normoscope ${synopsis}`, '', `  ${summary}`, '', ...table(rows), ''].join('\n');
}

/** Of the package that the bundle lies in. */
function version(): string {
  const manifest: unknown = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}
