import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReportResults } from './report-results';

const folder = mkdtempSync(join(tmpdir(), 'leadlog-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ANSWER = '{"columns":[{"name":"reason","type":"VARCHAR"}],"rowCount":1,"truncated":false,"position":"7","rows":[["晴香 said so"]]}';
/** As it was kept while the archive still held what is personal. */
const BEFORE = `{"id":"20260604T010000000Z","report":"lost","madeAt":"2026-06-04T01:00:00.000Z","parameters":{},"answer":${ANSWER}}`;

describe('a kept result from before the history was without personal data', () => {
  it('is told from those that are kept today, and goes once somebody is forgotten; theirs stay', async () => {
    const results = new ReportResults(join(folder, 'results'));
    expect(results.dropPersonal()).toBe(0);
    mkdirSync(join(folder, 'results', 'lost'), { recursive: true });
    writeFileSync(join(folder, 'results', 'lost', '20260604T010000000Z.json'), BEFORE);
    const answer = join(folder, 'answer.json');
    writeFileSync(answer, ANSWER.replace('晴香 said so', ''));
    const { id } = await results.keep({ report: 'lost', madeAt: '2026-06-05T01:00:00.000Z', parameters: {} }, answer);
    writeFileSync(join(folder, 'results', 'lost', '20260603T010000000Z.json'), 'no result');
    const today = readFileSync(results.fileOf('lost', id)!, 'utf8');
    expect(JSON.parse(today)).toMatchObject({ personal: false, answer: { rows: [['']] } });
    expect(['20260604T010000000Z', id].map((one) => results.mayBePersonal('lost', one))).toEqual([true, false]);
    expect(results.dropPersonal()).toBe(2);
    expect(results.of('lost').map((one) => one.id)).toEqual([id]);
    expect(results.dropPersonal()).toBe(0);
    expect(readFileSync(results.fileOf('lost', id)!, 'utf8')).toBe(today);
  });
});
