/** What a tensor or a node is in: the model's graph, a graph of a node of it, a function. */
export class Scope {
  /** Graphs around this one. */
  readonly depth: number;

  /** @param part what it is called in what is around it, asked for when all is read: a name may stand behind what it names */
  constructor(
    readonly parent: Scope | null,
    private readonly part: () => string,
  ) {
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  /** `If_3/then_branch`; empty for the model's own graph. */
  get path(): string {
    return this.parent === null ? '' : this.within(this.parent.path, this.part());
  }

  /** A name with the path before it. */
  place(name: string): string {
    return this.within(this.path, name);
  }

  private within(path: string, name: string): string {
    return path === '' ? name : `${path}/${name}`;
  }
}
