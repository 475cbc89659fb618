import { openCsv, type CsvForm } from './csv-rows';

async function read(bytes: Buffer | string, form?: CsvForm, chunk = 3) {
  const all = Buffer.from(bytes);
  async function* chunks() {
    for (let at = 0; at < all.length; at += chunk) yield all.subarray(at, at + chunk);
  }
  const { header, rows } = await openCsv(chunks(), form);
  const values: [number, string[]][] = [];
  const broken: [number, string][] = [];
  for await (const one of rows) {
    if ('broken' in one) broken.push([one.row, one.broken.got]);
    else values.push([one.row, one.values]);
  }
  return { header, values, broken };
}

describe('CSV', () => {
  it('has a BOM, quotes, commas and line feeds in quotes, CRLF, and characters cut between chunks', async () => {
    const text = '\uFEFF"会社",note\r\n"青山, 製作所","a ""b""\nc"\r\n白川,\r\n';
    expect(await read(text)).toEqual({
      header: ['会社', 'note'],
      values: [
        [1, ['青山, 製作所', 'a "b"\nc']],
        [2, ['白川', '']],
      ],
      broken: [],
    });
  });

  it('ends its lines with LF, CRLF or CR, also the last, or not; blank lines are none', async () => {
    for (const end of ['\n', '\r\n', '\r'])
      for (const last of ['', end])
        for (const chunk of [1, 2, 100])
          expect((await read(`a,b${end}1,2${end}${end}3,4${last}`, {}, chunk)).values).toEqual([
            [1, ['1', '2']],
            [2, ['3', '4']],
          ]);
  });

  it('may have blanks around quotes, another delimiter, lines before its header, a header of its own or none, cells left over', async () => {
    expect((await read('a,b\n "1, 2" , 3\n')).values).toEqual([[1, ['1, 2', ' 3']]]);
    expect((await read('a;b\n1,5;"x;y"\n', { delimiter: ';' })).values).toEqual([[1, ['1,5', 'x;y']]]);
    expect((await read('Export of 1 June\n\na\tb\n1\t\n', { delimiter: '\t', skipLines: 2 })).values).toEqual([[1, ['1', '']]]);
    expect(await read('1,2\n', { header: ['a', 'b'] })).toEqual({ header: ['a', 'b'], values: [[1, ['1', '2']]], broken: [] });
    expect((await read('a,b\n1,2,,\n')).values).toEqual([[1, ['1', '2']]]);
    expect((await read('a,b\n1,5" tv\n"2,x\n', { quoted: false })).values).toEqual([
      [1, ['1', '5" tv']],
      [2, ['"2', 'x']],
    ]);
  });

  describe('with a stray quote', () => {
    const rest = Array.from({ length: 50 }, (_, n) => `${n},"name ${n}",x\n`).join('');
    it.each([
      ['within a field', '1,5" tv,x\n'],
      ['that is never closed', '1,"Acme,x\n'],
      ['after a field', '1,"Acme" Inc,x\n'],
      ['at the start of a line', '"1,Acme,x\n'],
      ['at the end of a line', '1,Acme,"\n'],
      ['and another', '1,"Acme" and "Sons",x\n'],
    ])('%s refuses that row and no other', async (_, line) => {
      const { values, broken } = await read(`n,name,note\n${line}${rest}`);
      expect(broken).toEqual([[1, expect.stringContaining('quote')]]);
      expect(values).toHaveLength(50);
      expect(values.at(-1)).toEqual([51, ['49', 'name 49', 'x']]);
    });

    it('that nobody closes costs the memory of a field, not of the file', async () => {
      const line = `1,${'x'.repeat(1_000)},y\n`;
      const { values, broken } = await read(`n,name,note\n"1,open,y\n${line.repeat(3_000)}`, {}, 65_536);
      expect([broken.length, values.length]).toEqual([1, 3_000]);
    });

    it('in the last row', async () =>
      expect((await read('a,b\n1,2\n"3,4\n5,6\n')).values).toEqual([
        [1, ['1', '2']],
        [3, ['5', '6']],
      ]));

    it('that glues rows together is noticed by their columns', async () => {
      expect(await read('a,b,c\n"1,2,3\n4,5"\n7,8,9\n')).toMatchObject({
        values: [[3, ['7', '8', '9']]],
        broken: [
          [1, '1'],
          [2, expect.stringContaining('stray')],
        ],
      });
    });
  });

  it('tells rows with other numbers of columns, and goes on', async () => {
    expect(await read('a,b\n1\n2,3,4\n5,6\n')).toMatchObject({
      values: [[3, ['5', '6']]],
      broken: [
        [1, '1'],
        [2, '3'],
      ],
    });
  });

  it.each(['cp932', 'CP932', 'shift_jis', 'Shift-JIS', 'sjis', 'windows-31j', 'ms932'])(
    'is read in Shift_JIS when told so as %s, with the characters that only Windows has',
    async (encoding) => {
      const bytes = Buffer.from([0x96, 0xbc, 0x91, 0x4f, 0x0a, 0xfb, 0xfc, 0x87, 0x40, 0x81, 0x60, 0x0a]);
      expect(await read(bytes, { encoding }, 1)).toEqual({ header: ['名前'], values: [[1, ['髙①～']]], broken: [] });
      await expect(read(bytes)).rejects.toThrow('the file is not in utf-8; name its encoding in the mapping');
    },
  );

  it('is UTF-16 where a byte order mark says so, and whatever the mapping says', async () => {
    const little = Buffer.from('\uFEFF名,b\n青,2\n', 'utf16le');
    const wanted = { header: ['名', 'b'], values: [[1, ['青', '2']]], broken: [] };
    expect(await read(little)).toEqual(wanted);
    expect(await read(Buffer.from(little).swap16(), { encoding: 'cp932' }, 1)).toEqual(wanted);
    expect(await read(little.subarray(2), { encoding: 'utf-16' })).toEqual(wanted);
    expect(await read('\uFEFF名,b\n青,2\n', { encoding: 'cp932' })).toEqual(wanted);
  });

  it('refuses empty files', async () => {
    await expect(read('')).rejects.toThrow('the file is empty');
    await expect(read('a', { skipLines: 3 })).rejects.toThrow('the file has 1 line; the mapping skips 3');
  });
});
