import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { attributeField, constantOf, readValue, type Attribute } from './attribute';
import { readModelField, readValueInfo, type ModelDescription, type ValueInfo } from './description';
import { normalizationDefaults, operatorName, type AttributeValue, type NormalizationNode } from './normalizationNodes';
import { Scope } from './scope';
import { emptyTensor, noPieces, readTensor, type Scattered, type StoredTensor } from './tensorProto';
import { wire, type WireReader } from './wireReader';

/** A tensor, where it is and what it is called there. */
export interface Placed {
  readonly scope: Scope;
  readonly name: () => string;
  readonly stored: StoredTensor;
  /** Sizes of the whole, where `stored` has the values of a sparse tensor. */
  readonly sparse?: readonly bigint[];
  readonly isInitializer: boolean;
}

/** Graphs in nodes of graphs. Exporters nest a handful. */
const deepest = 16;
/** Kinds of operators that are counted; ONNX has some two hundred. */
const mostOperators = 1024;
/** Tensors that are listed: what is kept of one takes three times as much as in other formats. The largest models have some thousands. */
const mostTensors = 1 << 15;
/** Inputs of a node that are kept. */
const mostInputs = 8;
/** Numbers of GraphProto's and FunctionProto's fields that nodes stand in. */
const nodesOf = { graph: 1, function: 7 } as const;

interface Node {
  readonly index: number;
  name: string;
  op: string;
  domain: string;
  readonly inputs: string[];
  output: string;
  readonly values: Map<string, AttributeValue>;
}

/** Walks through a model once, in the order of the file, and keeps of it what is shown. */
export class ModelWalk {
  readonly tensors: Placed[] = [];
  tensorsLeftOut = 0;
  readonly normalizations: { readonly node: NormalizationNode; readonly scope: Scope }[] = [];
  normalizationsLeftOut = 0;
  readonly operators = new Map<string, number>();
  readonly description: ModelDescription = { fields: new Map(), opsets: new Map(), properties: new Map(), propertyCharacters: 0, propertiesLeftOut: 0 };
  readonly graphs: { name: string; nodes: number; inputs: ValueInfo[]; outputs: ValueInfo[] } = { name: '', nodes: 0, inputs: [], outputs: [] };
  readonly functions: string[] = [];
  hasGraph = false;
  /** Whether there were graphs in graphs that are not looked into. */
  tooDeep = false;
  private readonly scattered: Scattered = { count: 0 };

  constructor(
    private readonly reader: WireReader,
    private readonly limits: Limits,
  ) {}

  /** @throws NormoscopeError `malformed`, `truncated` or `too-large`; what was found by then stays */
  async model(): Promise<void> {
    const { reader } = this;
    let trainings = 0;
    while (await reader.next(Infinity)) {
      if (reader.type === wire.bytes && reader.field === 7) {
        this.hasGraph = true;
        await this.graph(new Scope(null, () => ''));
      } else if (reader.type === wire.bytes && reader.field === 20) await this.training(trainings++);
      else if (reader.type === wire.bytes && reader.field === 25) await this.functionBody();
      else await readModelField(reader, this.description, this.limits);
    }
  }

  /** A GraphProto. */
  private async graph(scope: Scope): Promise<void> {
    const { reader } = this;
    const end = reader.enter();
    if (scope.depth > deepest) {
      this.tooDeep = true;
      reader.leave(end);
      return;
    }
    const isOwn = scope.parent === null;
    let nodes = 0;
    let initializers = 0;
    while (await reader.next(end)) {
      if (reader.type !== wire.bytes) continue;
      switch (reader.field) {
        case nodesOf.graph:
          await this.node(scope, nodes++);
          if (isOwn) this.graphs.nodes++;
          break;
        case 2:
          if (isOwn) this.graphs.name = await reader.text();
          break;
        case 5: {
          const place = `initializer[${initializers++}]`;
          await this.tensor(scope, (stored) => stored.name || place, true);
          break;
        }
        case 11:
        case 12:
          if (isOwn) await readValueInfo(reader, reader.field === 11 ? this.graphs.inputs : this.graphs.outputs, this.limits);
          break;
        case 15: {
          const place = `initializer[${initializers++}]`;
          await this.sparse(scope, (values) => values.name || place, true);
          break;
        }
      }
    }
  }

  private async node(scope: Scope, index: number): Promise<void> {
    const { reader } = this;
    const node: Node = { index, name: '', op: '', domain: '', inputs: [], output: '', values: new Map() };
    let inputs = 0;
    let outputs = 0;
    const end = reader.enter();
    while (await reader.next(end)) {
      if (reader.type !== wire.bytes) continue;
      switch (reader.field) {
        case 1:
          if (inputs++ < mostInputs) node.inputs.push(await reader.text());
          break;
        case 2:
          if (outputs++ === 0) node.output = await reader.text();
          break;
        case 3:
          node.name = await reader.text();
          break;
        case 4:
          node.op = await reader.text();
          break;
        case 5:
          await this.attribute(scope, node);
          break;
        case 7:
          node.domain = await reader.text();
          break;
      }
    }
    this.count(scope, node);
  }

  private count(scope: Scope, { name, op, domain, inputs, output, values }: Node): void {
    const operator = operatorName(domain, op);
    if (this.operators.has(operator) || this.operators.size < mostOperators) this.operators.set(operator, (this.operators.get(operator) ?? 0) + 1);
    const defaults = normalizationDefaults(operator);
    if (defaults === null) return;
    if (this.normalizations.length >= this.limits.fields) {
      this.normalizationsLeftOut++;
      return;
    }
    this.normalizations.push({ scope, node: { op: operator, node: name, inputs, output, attributes: { ...defaults, ...Object.fromEntries(values) } } });
  }

  private async attribute(scope: Scope, node: Node): Promise<void> {
    const { reader } = this;
    const attribute: Attribute = { name: '', value: null, kind: 0, typed: noPieces, count: 0 };
    // Of a node without a name: by what it makes, or by its place.
    const nodeName = () => node.name || node.output || `node[${node.index}]`;
    const place = () => `${nodeName()}/${attribute.name}`;
    const isConstant = node.op === 'Constant' || node.op === '';
    const name = () => (node.op === 'Constant' ? node.output || nodeName() : place());
    const parts = { [attributeField.tensors]: 0, [attributeField.graphs]: 0, [attributeField.sparses]: 0 };
    const end = reader.enter();
    while (await reader.next(end)) {
      const { field } = reader;
      const isBytes = reader.type === wire.bytes;
      if (field === 1 && isBytes) attribute.name = await reader.text();
      else if (field === attributeField.tensor && isBytes) await this.tensor(scope, name);
      else if (field === attributeField.graph && isBytes) await this.graph(new Scope(scope, place));
      else if (field === attributeField.sparse && isBytes) await this.sparse(scope, name, false);
      else if (field === attributeField.tensors && isBytes) await this.tensor(scope, indexed(place, parts[field]++));
      else if (field === attributeField.graphs && isBytes) await this.graph(new Scope(scope, indexed(place, parts[field]++)));
      else if (field === attributeField.sparses && isBytes) await this.sparse(scope, indexed(place, parts[field]++), false);
      else await readValue(reader, attribute, isConstant, this.scattered);
    }
    if (attribute.value !== null && node.values.size < mostOperators) node.values.set(attribute.name, attribute.value);
    const constant = node.op === 'Constant' ? constantOf(attribute) : null;
    if (constant !== null) this.add({ scope, stored: constant, isInitializer: false, name });
  }

  /** A TensorProto. One that is not listed is not looked into either. */
  private async tensor(scope: Scope, name: (stored: StoredTensor) => string, isInitializer = false): Promise<void> {
    if (!this.hasRoom) {
      this.tensorsLeftOut++;
      return;
    }
    const stored = emptyTensor();
    if (this.add({ scope, stored, isInitializer, name: () => name(stored) })) await readTensor(this.reader, stored, this.scattered);
  }

  /** A SparseTensorProto: its sizes, and two tensors. */
  private async sparse(scope: Scope, name: (values: StoredTensor) => string, isInitializer: boolean): Promise<void> {
    const { reader } = this;
    const [values, indices] = [emptyTensor(), emptyTensor()];
    const dims: bigint[] = [];
    this.add({ scope, stored: values, isInitializer, name: () => name(values), sparse: dims });
    this.add({ scope, stored: values, isInitializer: false, name: () => `${name(values)}/values` });
    this.add({ scope, stored: indices, isInitializer: false, name: () => `${name(values)}/indices` });
    const end = reader.enter();
    while (await reader.next(end)) {
      if (reader.field === 3) dims.push(...(await reader.varints(this.limits.rank)));
      else if (reader.type === wire.bytes && reader.field <= 2) await readTensor(reader, reader.field === 1 ? values : indices, this.scattered);
    }
  }

  private get hasRoom(): boolean {
    return this.tensors.length < Math.min(mostTensors, this.limits.tensors);
  }

  /** @returns whether there was room for it */
  private add(placed: Placed): boolean {
    const isListed = this.hasRoom;
    if (isListed) this.tensors.push(placed);
    else this.tensorsLeftOut++;
    return isListed;
  }

  /** A FunctionProto: an operator that the model brings itself, as nodes. */
  private async functionBody(): Promise<void> {
    const { reader } = this;
    const own = { name: '', domain: '' };
    const scope = new Scope(new Scope(null, () => ''), () => operatorName(own.domain, own.name));
    let nodes = 0;
    const end = reader.enter();
    while (await reader.next(end)) {
      if (reader.type !== wire.bytes) continue;
      if (reader.field === 1) own.name = await reader.text();
      else if (reader.field === 10) own.domain = await reader.text();
      else if (reader.field === nodesOf.function) await this.node(scope, nodes++);
    }
    if (this.functions.length < this.limits.fields) this.functions.push(operatorName(own.domain, own.name));
  }

  /** A TrainingInfoProto: two graphs. */
  private async training(index: number): Promise<void> {
    const { reader } = this;
    const end = reader.enter();
    while (await reader.next(end)) {
      if (reader.type !== wire.bytes || reader.field > 2) continue;
      const part = reader.field === 1 ? 'initialization' : 'algorithm';
      await this.graph(new Scope(new Scope(null, () => ''), () => `training[${index}]/${part}`));
    }
  }
}

function indexed(place: () => string, index: number): () => string {
  return () => `${place()}[${index}]`;
}

/** Whether a model is read as far as it goes when its file ends early. */
export function isCutOff(error: unknown): error is NormoscopeError {
  return error instanceof NormoscopeError && error.code === 'truncated';
}
