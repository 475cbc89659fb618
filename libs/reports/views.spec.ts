import type { ArchiveReader, Snapshot } from './archive-reader';
import { archiveOf, rowsOf, simulatedLog, testFolder } from './views-history.testing';
import { VIEWS } from './views';

const folder = testFolder();
let archive: ArchiveReader;
let snapshot: Snapshot;
beforeAll(async () => {
  const log = await simulatedLog(folder('log.db'));
  archive = await archiveOf(log, folder('archive'), 'segments');
  snapshot = await archive.snapshot();
});
afterAll(() => archive.close());

const shown = VIEWS.filter(({ internal }) => !internal);

describe('the views', () => {
  it.each(shown)('$name: every column is documented, and no other', async ({ name, columns }) => {
    const described = await rowsOf(snapshot.connection, `DESCRIBE ${name}`);
    expect(columns.map((column) => column.name)).toEqual(described.map((row) => row['column_name']));
    for (const { says } of columns) expect(says).toMatch(/^\S.+[^.]$/);
  });

  it.each(shown)('$name: has rows of the simulated history', async ({ name }) => {
    if (name === 'targets') return; // the simulated company sets none
    expect((await snapshot.connection.runAndReadAll(`SELECT * FROM ${name}`)).currentRowCount).toBeGreaterThan(0);
  });
});
