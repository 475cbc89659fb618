import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoted, type View } from '@leadlog/archive';
import { DOCUMENTS, type KeptReplay, type KeptReplays } from './kept-replays';

/** As it is described beside the other views. */
export function viewOf({
  view,
  name,
  source,
  key,
  position,
  live,
  stopped,
  from,
  to,
  columns,
  folder,
  documents,
  madeAt,
}: KeptReplay): View {
  const days =
    from === undefined && to === undefined
      ? ''
      : `, days${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` before ${to}`}`;
  const state = stopped ? `stopped: ${stopped.error}` : live ? 'kept live' : 'not kept live';
  return {
    name: view,
    description: `a key of the replay ${name} (${basename(source)}${days}), ${documents} in all, as of position ${position}, made ${madeAt}, ${state}`,
    columns: columns.map(({ name: column, type }) => ({ name: column, description: saysOf(column, type, key) })),
    sql: `SELECT * FROM read_parquet(${quoted(join(folder, DOCUMENTS))})`,
  };
}

function saysOf(column: string, type: string, key: string): string {
  if (column === 'key') return `key: a value of the column ${key}`;
  return column === 'document' ? 'the whole row of the report for this key, as JSON' : `the member ${column} of the row, as ${type}`;
}

/** Keeps the views of one database those of the replays that are kept. */
export class ReplayViews {
  private readonly known = new Map<string, KeptReplay>();

  constructor(private readonly kept: KeptReplays) {}

  /** The replays that can be asked from now on; one whose file cannot be read, or that is to be made again, cannot. */
  async readInto(connection: DuckDBConnection): Promise<readonly KeptReplay[]> {
    const kept = this.kept.askable();
    for (const view of [...this.known.keys()].filter((one) => !kept.some((replay) => replay.view === one))) {
      await connection.run(`DROP VIEW IF EXISTS ${view}`);
      this.known.delete(view);
    }
    const readable: KeptReplay[] = [];
    for (const replay of kept) if (await this.show(connection, replay)) readable.push(replay);
    return readable;
  }

  private async show(connection: DuckDBConnection, replay: KeptReplay): Promise<boolean> {
    const { view, number, madeAt } = replay;
    const known = this.known.get(view);
    if (known?.number === number && known.madeAt === madeAt) return true;
    try {
      await connection.run(`CREATE OR REPLACE VIEW ${view} AS ${viewOf(replay).sql}`);
      this.known.set(view, replay);
      return true;
    } catch {
      return false;
    }
  }
}
