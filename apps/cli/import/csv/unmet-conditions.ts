import type { ImportMapping } from './mapping';

const VALUES_SHOWN = 8;

interface Watched {
  at: number;
  column: number;
  name: string;
  holds: (cell: string) => boolean;
  values: Set<string>;
}

/** A condition that no row of the file meets is more likely misspelt than meant. */
export class UnmetConditions {
  private watched: Watched[];
  private any = false;

  constructor(
    private readonly mapping: ImportMapping,
    header: readonly string[],
  ) {
    this.watched = mapping.events.flatMap(({ when }, at) =>
      when.map(({ column, holds }) => ({ at, column: header.indexOf(column), name: column, holds, values: new Set<string>() })),
    );
  }

  see(values: readonly string[]): void {
    this.any = true;
    if (this.watched.length === 0) return;
    this.watched = this.watched.filter((one) => {
      const text = values[one.column]!.trim();
      const cell = this.mapping.empty.has(text) ? '' : text;
      if (one.values.size <= VALUES_SHOWN) one.values.add(cell);
      return !one.holds(cell);
    });
  }

  notices(): string[] {
    if (!this.any) return [];
    return this.watched.map(({ at, name, values }) => {
      const seen = [...values].slice(0, VALUES_SHOWN).map((value) => (value === '' ? 'nothing' : value));
      return `events[${at}] (${this.mapping.events[at]!.type}) was made of no row: no ${JSON.stringify(name)} is as its \`when\` says; there is ${seen.join(', ')}${values.size > VALUES_SHOWN ? ', …' : ''}`;
    });
  }
}
