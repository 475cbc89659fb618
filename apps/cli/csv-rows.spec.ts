import { openCsv } from './csv-rows';
import { tableText } from './tables';

async function read(bytes: Buffer, encoding?: string, chunk = 3) {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const { header, rows } = await openCsv(chunks(), encoding);
  const all: [number, string[]][] = [];
  for await (const { row, values } of rows) all.push([row, values]);
  return { header, all };
}

describe('CSV', () => {
  it('has a BOM, quotes, commas and line feeds in quotes, CRLF, and characters cut between chunks', async () => {
    const text = '\uFEFF"会社",note\r\n"青山, 製作所","a ""b""\nc"\r\n白川,\r\n';
    expect(await read(Buffer.from(text))).toEqual({ header: ['会社', 'note'], all: [[1, ['青山, 製作所', 'a "b"\nc']], [2, ['白川', '']]] });
  });

  it('is read in Shift_JIS when told so, and refused when not', async () => {
    const bytes = Buffer.from([0x96, 0xbc, 0x91, 0x4f, 0x0a, 0x90, 0xc2, 0x8e, 0x52, 0x0a]);
    expect(await read(bytes, 'shift_jis')).toEqual({ header: ['名前'], all: [[1, ['青山']]] });
    await expect(read(bytes)).rejects.toThrow('the file is not in utf-8; name its encoding in the mapping');
  });

  it('says in which line a quote is not closed, and refuses empty files and columns named twice', async () => {
    await expect(read(Buffer.from('a,b\n1,2\n"3,4\n'))).rejects.toThrow(/the CSV cannot be read: .*line 3/);
    await expect(read(Buffer.from(''))).rejects.toThrow('the file is empty');
    await expect(read(Buffer.from('a,b,a\n'))).rejects.toThrow('the header names the column "a" twice');
  });
});

it('tables count Japanese characters as two columns', () => {
  const lines = tableText(['name', 'n'], [['青山', 1], ['abcd', 22]]).trimEnd().split('\n');
  const [japanese, latin] = [lines.find((line) => line.includes('青山'))!, lines.find((line) => line.includes('abcd'))!];
  expect(japanese.length + 2).toBe(latin.length);
});
