/** A file as other systems export it: UTF-8, or what Windows writes in Japan. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('shift_jis').decode(bytes);
  }
}

/** Rows of a CSV file (RFC 4180); columns are separated by what its first line has most of. Empty lines are none. */
export function rowsOf(text: string): string[][] {
  const delimiter = delimiterOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endCell = () => {
    row.push(cell.trim());
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (row.some((one) => one !== '')) rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at]!;
    if (isQuoted) {
      if (one !== '"') cell += one;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (one === '"' && cell.trim() === '') {
      cell = '';
      isQuoted = true;
    } else if (one === delimiter) endCell();
    else if (one === '\n') endRow();
    else if (one !== '\r') cell += one;
  }
  endRow();
  return rows;
}

function delimiterOf(text: string): string {
  const line = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));
  return [',', '\t', ';'].map((one) => [one, line.split(one).length] as const).sort(([, a], [, b]) => b - a)[0]![0];
}

/** A day (YYYY-MM-DD) or a moment on a clock (YYYY-MM-DDTHH:mm), as people write them; undefined for anything else. */
export function clockOfText(text: string): string | undefined {
  const [, year, month, day, hour, minute] =
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:[T\s]+(\d{1,2}):(\d{2})(?::\d{2})?)?$/.exec(text.normalize('NFKC').trim()) ??
    [];
  if (year === undefined) return undefined;
  const two = (of: string) => of.padStart(2, '0');
  const date = `${year}-${two(month!)}-${two(day!)}`;
  const isDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date);
  const isTime = hour === undefined || (Number(hour) < 24 && Number(minute) < 60);
  if (!isDay || !isTime) return undefined;
  return `${date}T${hour === undefined ? '00:00' : `${two(hour)}:${minute}`}`;
}
