import type { NormoscopeError } from '../../errors';
import { Allowance, heapCost } from '../allowance';
import { Cursor, exact, latin1, utf8, wholeNumber } from './cursor';
import { isKind, type PersistentId, type PickleGlobal, type PickleObject, type PickleValue } from './value';

/** What one pickle says. */
export interface Unpickled {
  readonly value: PickleValue;
  /** Bytes of the pickle. */
  readonly length: number;
  /** Every class and function that it names, each once. */
  readonly globals: readonly PickleGlobal[];
  /** Everything that it refers to outside of itself, in order. */
  readonly persistent: readonly PersistentId[];
}

/** A tensor takes some 40 instructions, makes 8 objects, and has 8 values remembered; the largest models have some 60 000. */
const mostInstructions = 1 << 22;
const mostObjects = 1 << 19;
const mostRemembered = 1 << 20;
/** Values that are on the stack at a time. A program that writes lists and dictionaries puts a thousand of their items there. */
const mostHeld = 1 << 20;
/** Of a value that is remembered, bytes. */
const memoCost = 40;
/** What has no items yet. Never written to: the first make an array of their own, no longer than they are. */
const nothing: PickleValue[] = [];
/** Bytes of one whole number. */
const longestNumber = 1024;
/** Bytes that all values may take. Those of one tensor take about one KiB. */
const mostMemory = 32 * 1024 * 1024;
const newestProtocol = 5;

/**
 * Reads a pickle (protocols 0 to 5; Python's `pickletools` describes the instructions) without doing what it says: a
 * name is kept as a name and a call as what it would have been given. Everything is bounded, and nothing recurses.
 * @param bytes from the pickle's first on; what follows it is left alone
 * @param name of the file or record, for messages
 * @param start place of the first byte in it
 * @throws PickleEnds when the bytes end first; NormoscopeError `malformed`, `too-large` or `unsupported`, with the offset
 */
export function unpickle(bytes: Uint8Array, name: string, start = 0): Unpickled {
  const cursor = new Cursor(bytes, name, start);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  const globals = new Map<string, PickleGlobal>();
  const persistent: PersistentId[] = [];
  const memory = new Allowance(`What the pickle in ${name} makes`, mostMemory);
  let objects = 0;
  let opAt = 0;

  const fail = (message: string, code?: 'too-large' | 'unsupported'): NormoscopeError => cursor.fail(message, opAt, code);

  function push(value: PickleValue): void {
    if (typeof value === 'object' && value !== null && ++objects > mostObjects) throw fail(`The pickle makes more than ${mostObjects} objects`, 'too-large');
    memory.take(costOf(value), opAt);
    stack.push(value);
  }

  /** `items` behind those that there are, of which there may be none. */
  function extended(list: PickleValue[], items: readonly PickleValue[]): PickleValue[] {
    memory.take(items.length * heapCost.item + (list.length === 0 ? heapCost.list : 0), opAt);
    if (list.length === 0) return [...items];
    for (const item of items) list.push(item);
    return list;
  }

  function pop(): PickleValue {
    const value = stack.length > (marks.at(-1) ?? 0) ? stack.pop() : undefined;
    if (value === undefined) throw fail('The pickle takes a value where there is none');
    return value;
  }

  function top(): PickleValue {
    const value = pop();
    stack.push(value);
    return value;
  }

  /** All values since the last mark. */
  function toMark(): PickleValue[] {
    const mark = marks.pop();
    if (mark === undefined) throw fail('The pickle goes back to a mark that it has not set');
    return stack.splice(mark);
  }

  function sequence(kind: 'list' | 'tuple' | 'set', items: PickleValue[] = nothing): void {
    push({ kind, items } as PickleValue);
  }

  function last(count: number): PickleValue[] {
    const items: PickleValue[] = [];
    for (let index = 0; index < count; index++) items.unshift(pop());
    return items;
  }

  function global(name: string): PickleGlobal {
    const known = globals.get(name);
    if (known !== undefined) return known;
    const made: PickleGlobal = { kind: 'global', name: name.length > 512 ? `${name.slice(0, 512)}…` : name, at: cursor.place(opAt) };
    memory.take(heapCost.object + heapCost.character * name.length, opAt);
    globals.set(name, made);
    return made;
  }

  function call(of: PickleValue, args: PickleValue): void {
    if (!isKind(args, 'tuple')) throw fail('The pickle makes an object of something that is not a tuple');
    object(of, args.items);
  }

  function object(of: PickleValue, args: readonly PickleValue[]): void {
    const made: PickleObject = { kind: 'object', of, args, state: undefined, items: nothing, keys: nothing, values: nothing };
    push(made);
  }

  function append(items: readonly PickleValue[]): void {
    const target = top();
    if (isKind(target, 'list') || isKind(target, 'set') || isKind(target, 'object')) {
      target.items = extended(target.items, items);
    } else {
      throw fail('The pickle appends to something that is not a list');
    }
  }

  function setItems(items: readonly PickleValue[]): void {
    const target = top();
    if ((!isKind(target, 'dict') && !isKind(target, 'object')) || items.length % 2 !== 0) throw fail('The pickle sets items of something that is not a dictionary');
    target.keys = extended(target.keys, items.filter((_, index) => index % 2 === 0));
    target.values = extended(target.values, items.filter((_, index) => index % 2 === 1));
  }

  function remember(index: number): void {
    if (memo.size >= mostRemembered) throw fail(`The pickle remembers more than ${mostRemembered} values`, 'too-large');
    memory.take(memoCost, opAt);
    memo.set(index, top());
  }

  function recall(index: number): void {
    const value = memo.get(index);
    if (value === undefined) throw fail(`The pickle recalls value ${index}, which it has not remembered`);
    stack.push(value);
  }

  function outside(id: PickleValue): void {
    const made: PersistentId = { kind: 'persistent', id };
    persistent.push(made);
    push(made);
  }

  function long(length: number): void {
    if (!(length >= 0 && length <= longestNumber)) throw fail(`A whole number has ${length} bytes; at most ${longestNumber} are read`, 'too-large');
    push(wholeNumber(cursor.take(length)));
  }

  /** A number written in digits, as protocol 0 does. */
  function digits(line: string): PickleValue {
    if (!/^[+-]?\d{1,1024}L?$/.test(line)) throw fail(`The pickle has ${JSON.stringify(line.slice(0, 40))} where a whole number was expected`);
    return exact(BigInt(line.replace(/^\+|L$/g, '')));
  }

  function index(line: string): number {
    const value = digits(line);
    if (typeof value !== 'number' || value < 0) throw fail('The pickle counts the values that it remembers in a way that makes no sense');
    return value;
  }

  function text(value: PickleValue): string {
    if (typeof value !== 'string') throw fail('The pickle names a class by something that is not a text');
    return value;
  }

  /** Whether the pickle goes on. */
  function run(op: number): boolean {
    switch (op) {
      case 0x80: { // PROTO
        const version = cursor.u1();
        if (version > newestProtocol) throw fail(`The pickle is of protocol ${version}; those up to ${newestProtocol} are read`, 'unsupported');
        return true;
      }
      case 0x95: return cursor.u8() >= 0; // FRAME
      case 0x2e: return false; // STOP
      case 0x28: return marks.push(stack.length) > 0; // MARK
      case 0x30: // POP
        if (marks.at(-1) === stack.length) marks.pop();
        else pop();
        return true;
      case 0x31: return toMark().length >= 0; // POP_MARK
      case 0x32: return stack.push(top()) > 0; // DUP
      case 0x4e: return stack.push(null) > 0; // NONE
      case 0x88: return stack.push(true) > 0; // NEWTRUE
      case 0x89: return stack.push(false) > 0; // NEWFALSE
      case 0x4a: return stack.push(cursor.i4()) > 0; // BININT
      case 0x4b: return stack.push(cursor.u1()) > 0; // BININT1
      case 0x4d: return stack.push(cursor.u2()) > 0; // BININT2
      case 0x47: return stack.push(cursor.float()) > 0; // BINFLOAT
      default: return runMore(op);
    }
  }

  function runMore(op: number): boolean {
    switch (op) {
      case 0x49: { // INT: 00 and 01 are False and True
        const line = cursor.line();
        push(line === '00' || line === '01' ? line === '01' : digits(line));
        break;
      }
      case 0x4c: push(digits(cursor.line())); break; // LONG
      case 0x46: push(Number(cursor.line())); break; // FLOAT
      case 0x8a: long(cursor.u1()); break; // LONG1
      case 0x8b: long(cursor.i4()); break; // LONG4
      case 0x53: push(cursor.line().replace(/^(['"])(.*)\1$/s, '$2')); break; // STRING
      case 0x54: push(latin1(cursor.take(cursor.u4()))); break; // BINSTRING
      case 0x55: push(latin1(cursor.take(cursor.u1()))); break; // SHORT_BINSTRING
      case 0x56: push(cursor.line()); break; // UNICODE
      case 0x58: push(utf8(cursor.take(cursor.u4()))); break; // BINUNICODE
      case 0x8c: push(utf8(cursor.take(cursor.u1()))); break; // SHORT_BINUNICODE
      case 0x8d: push(utf8(cursor.take(cursor.u8()))); break; // BINUNICODE8
      case 0x42: push(cursor.take(cursor.u4())); break; // BINBYTES
      case 0x43: push(cursor.take(cursor.u1())); break; // SHORT_BINBYTES
      case 0x8e: case 0x96: push(cursor.take(cursor.u8())); break; // BINBYTES8, BYTEARRAY8
      case 0x5d: sequence('list'); break; // EMPTY_LIST
      case 0x29: sequence('tuple'); break; // EMPTY_TUPLE
      case 0x8f: sequence('set'); break; // EMPTY_SET
      case 0x7d: push({ kind: 'dict', keys: nothing, values: nothing }); break; // EMPTY_DICT
      case 0x6c: sequence('list', toMark()); break; // LIST
      case 0x74: sequence('tuple', toMark()); break; // TUPLE
      case 0x91: sequence('set', toMark()); break; // FROZENSET
      case 0x85: case 0x86: case 0x87: sequence('tuple', last(op - 0x84)); break; // TUPLE1, 2, 3
      case 0x64: { // DICT
        const items = toMark();
        push({ kind: 'dict', keys: nothing, values: nothing });
        setItems(items);
        break;
      }
      case 0x61: append([pop()]); break; // APPEND
      case 0x65: case 0x90: append(toMark()); break; // APPENDS, ADDITEMS
      case 0x73: setItems(last(2)); break; // SETITEM
      case 0x75: setItems(toMark()); break; // SETITEMS
      case 0x70: remember(index(cursor.line())); break; // PUT
      case 0x71: remember(cursor.u1()); break; // BINPUT
      case 0x72: remember(cursor.u4()); break; // LONG_BINPUT
      case 0x94: remember(memo.size); break; // MEMOIZE
      case 0x67: recall(index(cursor.line())); break; // GET
      case 0x68: recall(cursor.u1()); break; // BINGET
      case 0x6a: recall(cursor.u4()); break; // LONG_BINGET
      default: runNames(op);
    }
    return true;
  }

  /** Instructions by which a program would be found and called. */
  function runNames(op: number): void {
    switch (op) {
      case 0x63: push(global(`${cursor.line()}.${cursor.line()}`)); break; // GLOBAL
      case 0x93: { // STACK_GLOBAL
        const [module, name] = last(2);
        push(global(`${text(module ?? null)}.${text(name ?? null)}`));
        break;
      }
      case 0x82: push(global(`copyreg.extension_${cursor.u1()}`)); break; // EXT1
      case 0x83: push(global(`copyreg.extension_${cursor.u2()}`)); break; // EXT2
      case 0x84: push(global(`copyreg.extension_${cursor.i4()}`)); break; // EXT4
      case 0x69: { // INST
        const of = global(`${cursor.line()}.${cursor.line()}`);
        object(of, toMark());
        break;
      }
      case 0x6f: { // OBJ
        const [of, ...args] = toMark();
        object(of ?? null, args);
        break;
      }
      case 0x52: case 0x81: { // REDUCE, NEWOBJ
        const args = pop();
        call(pop(), args);
        break;
      }
      case 0x92: { // NEWOBJ_EX: what is given by name is left out
        pop();
        const args = pop();
        call(pop(), args);
        break;
      }
      case 0x62: { // BUILD
        const state = pop();
        const target = top();
        if (isKind(target, 'object')) target.state = state;
        break;
      }
      case 0x50: outside(cursor.line()); break; // PERSID
      case 0x51: outside(pop()); break; // BINPERSID
      case 0x98: break; // READONLY_BUFFER
      case 0x97: throw fail('The pickle takes bytes from outside of it, which are not in the file', 'unsupported'); // NEXT_BUFFER
      default: throw fail(`The pickle has an instruction 0x${op.toString(16).padStart(2, '0')}, which there is not`);
    }
  }

  for (let count = 0; ; count++) {
    opAt = cursor.at;
    if (count > mostInstructions) throw fail(`The pickle has more than ${mostInstructions} instructions`, 'too-large');
    if (stack.length > mostHeld) throw fail(`The pickle holds more than ${mostHeld} values at a time`, 'too-large');
    if (!run(cursor.u1())) break;
  }
  return { value: pop(), length: cursor.at, globals: [...globals.values()], persistent };
}

/** About what a value takes by itself, without what it refers to; bytes. */
function costOf(value: PickleValue): number {
  switch (typeof value) {
    case 'string':
      return heapCost.text + heapCost.character * value.length;
    case 'bigint':
      return longestNumber;
    case 'object':
      break;
    default:
      return heapCost.item;
  }
  if (value === null) return 0;
  if (value instanceof Uint8Array) return heapCost.object;
  switch (value.kind) {
    case 'global':
      // Each name once, and pushed often.
      return 0;
    case 'list':
    case 'tuple':
    case 'set':
      return value.items.length === 0 ? heapCost.list / 2 : heapCost.list + heapCost.item * value.items.length;
    case 'object':
      return heapCost.list;
    default:
      return heapCost.list / 2;
  }
}
