import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb, type DuckDb } from './duckdb';

const LIMITS = { memory: '48MB', threads: 1, spill: '2GB' };
const ROWS = 600_000;

describe('a database that spills', () => {
  let folder: string;
  const databases: DuckDb[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'leadlog-duckdb-'))));
  afterEach(() => {
    close();
    rmSync(folder, { recursive: true });
  });
  const close = (): void => {
    for (const db of databases.splice(0)) db.close();
  };
  const opened = async (): Promise<DuckDb> => {
    const db = await openDuckDb(folder, LIMITS);
    databases.push(db);
    return db;
  };
  const spilled = (): string[] => readdirSync(join(folder, '.spill'));

  it('beside another in the same folder has its own rows', async () => {
    const sorted = async (name: string) => {
      const connection = await (await opened()).connect();
      await connection.run(
        `CREATE TABLE sorted AS SELECT '${name}-' || range || repeat('x', 60) AS text FROM range(${ROWS}) ORDER BY hash(range)`,
      );
      return (
        await connection.runAndReadAll(
          `SELECT count(*)::INTEGER AS n, count(DISTINCT text)::INTEGER AS others, bool_and(text LIKE '${name}-%') AS own FROM sorted`,
        )
      ).getRowObjectsJS();
    };
    const answers = await Promise.all(['a', 'b', 'c'].map(sorted));
    expect(answers).toEqual(answers.map(() => [{ n: ROWS, others: ROWS, own: true }]));
    expect(spilled()).toHaveLength(3);
    close();
    expect(spilled()).toEqual([]);
  });

  it('removes what killed processes left, and nothing of one that lives', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const of = (name: string, daysAgo = 0): string => {
      const path = join(folder, '.spill', name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'duckdb_temp_storage_DEFAULT-0.tmp'), 'pages');
      utimesSync(path, Date.now() / 1_000, Date.now() / 1_000 - daysAgo * 86_400);
      return path;
    };
    const left = [
      of(`${hostname()}.${pid}.00000000`),
      of(`other-host.${process.pid}.00000001`, 2),
      of('duckdb_temp_storage_DEFAULT-0.tmp', 2),
    ];
    const kept = [of(`${hostname()}.${process.pid}.00000002`), of(`other-host.${pid}.00000003`)];
    await opened();
    expect([...left, ...kept].map(existsSync)).toEqual([false, false, false, true, true]);
  });
});
