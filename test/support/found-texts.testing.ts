import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdb } from '@leadlog/archive/duckdb';

/** The files below a folder in which a text stands as it is. */
export function filesWith(folder: string, text: string): string[] {
  const bytes = Buffer.from(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((file) => unlessGone(file, () => readFileSync(file).includes(bytes)));
}

/** What the engine has written of its archive and of replays, by its name below the folder. */
export const parquetIn = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /(?:^|\/)[^./][^/]*\.parquet$/.test(name));

/** Those of the texts that stand in Parquet files below a folder, once these are unpacked. There must be some. */
export async function parquetWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const files = parquetIn(folder);
  expect(files.length).toBeGreaterThan(0);
  const copies = mkdtempSync(join(tmpdir(), 'leadlog-parquet-'));
  const instance = await duckdb().DuckDBInstance.create();
  const connection = await instance.connect();
  const found: string[] = [];
  for (const name of files) {
    // A copy: the archive may put segments together meanwhile.
    const copy = join(copies, 'segment.parquet');
    if (!unlessGone(join(folder, name), (file) => copyFileSync(file, copy) === undefined)) continue;
    const reader = await connection.runAndReadAll(`SELECT CAST(one AS VARCHAR) FROM read_parquet('${copy}') AS one`);
    const rows = JSON.stringify(reader.getRowsJson());
    found.push(...texts.filter((text) => rows.includes(text)));
  }
  connection.closeSync();
  instance.closeSync();
  rmSync(copies, { recursive: true });
  return found;
}

/** What the engine writes aside is renamed or removed while it is looked for. */
function unlessGone(file: string, look: (file: string) => boolean): boolean {
  try {
    return look(file);
  } catch (error) {
    if (existsSync(file)) throw error;
    return false;
  }
}
