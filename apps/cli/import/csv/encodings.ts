import { CommandFailed } from '../../terminal';

/** Names that programs and people use, beside the labels of the WHATWG list (which takes the Windows forms of Shift_JIS and the like). */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'ms-932': 'shift_jis',
  'windows-932': 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  eucjp: 'euc-jp',
  iso2022jp: 'iso-2022-jp',
  'utf-8-sig': 'utf-8',
  'utf8-sig': 'utf-8',
  utf8bom: 'utf-8',
  utf16: 'utf-16le',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
  'latin-1': 'latin1',
  macroman: 'macintosh',
};

type Decoder = InstanceType<typeof TextDecoder>;

/** Undefined when there is no such encoding. */
export function decoderOf(name: string): Decoder | undefined {
  const label = name.trim().toLowerCase().replaceAll('_', '-');
  const known = ALIASES[label] ?? label.replace(/^cp-?(125\d|874)$/, 'windows-$1');
  for (const one of [known, name]) {
    try {
      return new TextDecoder(one, { fatal: true });
    } catch {
      continue;
    }
  }
  return undefined;
}

/** A byte order mark says what a file is in, whatever its mapping says. */
function marked(start: Uint8Array): string | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** The text of a file, piece by piece, without its byte order mark. Throws CommandFailed where bytes are not in that encoding. */
export async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let start: Uint8Array = new Uint8Array();
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder!.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new CommandFailed(
        `the file is not in ${decoder!.encoding}; name its encoding in the mapping (such as encoding: cp932, for Shift_JIS as Excel writes it)`,
      );
    }
  };
  const begin = (): string => {
    decoder = decoderOf(marked(start) ?? encoding)!;
    return decode(start);
  };
  for await (const chunk of bytes) {
    if (decoder) yield decode(chunk);
    else {
      start = Buffer.concat([start, chunk]);
      if (start.length >= 3) yield begin();
    }
  }
  if (!decoder) yield begin();
  yield decode();
}
