import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeMessage, encodeBuffered } from '../../../src/protocol/codec';
import { asBefore, changed, changesOf } from '../../../src/protocol/changes';
import type { EditorState, SentState } from '../../../src/protocol/messages';
import { StateReceiver, StateSender } from '../../../src/protocol/states';

const travelled = <T>(value: T): T => {
  const { text, bytes } = encodeBuffered(value);
  return decodeMessage(text, bytes) as T;
};

const parts = fc.letrec((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, NaN, -Infinity, 7n, 0, '', 'as before'),
    fc.integer({ min: -2, max: 2 }),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }).map((values) => Float32Array.from(values)),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }).map((values) => Uint8Array.from(values)),
    fc.array(tie('part'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), tie('part'), { noNullPrototype: true }),
  ),
})).part;

describe('changes of a value', () => {
  it('make the value again from what was before, whatever both are', () => {
    fc.assert(fc.property(parts, parts, (before, after) => assert.deepEqual(changed(before, travelled(changesOf(before, after))), after)), { numRuns: 2000, seed: 5 });
  });

  it('are nothing where nothing has changed, and keep what has not as it is', () => {
    fc.assert(fc.property(parts, (part) => void assert.deepEqual(changed(part, changesOf(part, structuredClone(part))), part)), { numRuns: 500, seed: 6 });
    const before = { kept: { values: Float64Array.of(1, 2) }, other: [1, { deep: Uint8Array.of(3) }], gone: 1 };
    const after = structuredClone({ kept: before.kept, other: [2, before.other[1]] });
    const changes = changesOf(before, after);
    assert.deepEqual(changes, { kept: asBefore, other: [2, asBefore] });
    const found = changed(before, changes) as typeof before;
    assert.equal(found.kept, before.kept);
    assert.equal(found.other[1], before.other[1]);
    assert.equal('gone' in found, false);
  });

  it('are not taken from what an object inherits', () => {
    assert.deepEqual(changesOf({}, { toString: 1 }), { toString: 1 });
    assert.deepEqual(changed({ kept: {} }, changesOf({ kept: {} }, { kept: { constructor: {} } })), { kept: { constructor: {} } });
  });
});

describe('states on their way to a page', () => {
  const state = (fileName: string, values: readonly number[] = []) => ({ fileName, report: { values: Float64Array.from(values), views: [] } }) as unknown as EditorState;
  const line = () => {
    const sent: SentState[] = [];
    return { sent, sender: new StateSender((one) => void sent.push(travelled(one))), receiver: new StateReceiver() };
  };

  it('arrive as they were, each with what it has in common with the one before', () => {
    const { sent, sender, receiver } = line();
    const states = [state('a', [1, 2]), state('b', [1, 2]), state('b', [3])];
    for (const one of states) sender.show(one);
    const found = sent.map((one) => receiver.receive(one));
    assert.deepEqual(found, states);
    assert.equal(found[1]?.report, found[0]?.report);
  });

  it('that build on one that never came wait for a whole one', () => {
    const { sent, sender, receiver } = line();
    sender.show(state('a', [1]));
    sender.show(state('b', [1]));
    assert.equal(receiver.receive(sent[1] as SentState), null);
    sender.whole(state('b', [1]));
    sender.show(state('c', [1]));
    assert.deepEqual(sent.slice(2).map((one) => receiver.receive(one)), [state('b', [1]), state('c', [1])]);
  });

  it('have their pictures by the means first, and the extremes behind them; once', () => {
    const { sent, sender, receiver } = line();
    const picture = (mean: number) => ({ rows: 1, columns: 1, mean: Float32Array.of(mean), min: Float32Array.of(mean - 1), max: Float32Array.of(mean + 1), flags: Uint8Array.of(0) });
    const pictured = (mean: number, progress: number) => ({ fileName: 'a', report: { progress, views: [{ id: 'raw', picture: picture(mean) }] } }) as unknown as EditorState;
    for (const state of [pictured(1, 1), pictured(1, 0.5), pictured(2, 1)]) sender.show(state);
    const early = ({ report, ...rest }: EditorState) => ({ ...rest, report: { ...report, views: report?.views.map((view) => ({ ...view, picture: { ...view.picture, min: null, max: null } })) } });
    assert.deepEqual(sent.map((one) => receiver.receive(one)), [early(pictured(1, 1)), pictured(1, 1), pictured(1, 0.5), early(pictured(2, 1)), pictured(2, 1)]);
  });

  it('of a file that was read anew share nothing with those before, however alike they are', () => {
    const { sent, sender, receiver } = line();
    for (const reading of [1, 1, 2]) sender.show({ ...state('a', [1]), reading });
    const found = sent.map((one) => receiver.receive(one));
    assert.equal(found[1]?.report, found[0]?.report);
    assert.deepEqual(found[2]?.report, found[0]?.report);
    assert.notEqual(found[2]?.report, found[0]?.report);
  });

  it('that come whole once more are the same object', () => {
    const { sent, sender, receiver } = line();
    sender.show(state('a', [1]));
    sender.whole(state('a', [1]));
    const [one, other] = sent.map((each) => receiver.receive(each));
    assert.equal(one, other);
  });
});
