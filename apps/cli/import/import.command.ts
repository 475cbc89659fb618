import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Command, Option } from 'commander';
import { counted, DECISIONS, type Decisions, type FieldError } from '@leadlog/events';
import { brokenLine, NdjsonLines, withoutMark, type NdjsonLine } from '@leadlog/ingestion';
import { textOfFile, unreadable, wholeNumber } from '../arguments';
import { lineOf, progressOf } from '../progress';
import { untilFolded } from '../wait-until-folded';
import { tableText } from '../tables';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';
import { openCsv } from './csv/csv-rows';
import { readMapping, type ImportMapping } from './csv/mapping';
import { rowMapper } from './csv/row-events';
import { UnmetConditions } from './csv/unmet-conditions';
import { dryRun } from './dry-run';
import { ImportProblems } from './import-problems';
import { sendEvents, type Answers, type Line, type SendOptions } from './send-events';

export type ImportOptions = Common & { mapping?: string; fromRow: number; dryRun?: true; wait: boolean; decisions?: Decisions };

/** Shown of one file; the rest is counted. */
const MOST_NOTICES = 50;

interface Source {
  lines: AsyncIterable<Line>;
  /** Rows read, those that could not become events, and those of which the mapping makes none. */
  counts: { rows: number; unmapped: number; without: number };
  /** What is worth knowing once all is read. */
  notices(): string[];
}

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description('send a file of events: NDJSON (CloudEvents), or CSV with a mapping; safe to repeat')
    .argument('<file>', 'the file, or - for stdin')
    .option('--mapping <file>', 'YAML file that maps a CSV row to events (docs/import.md)')
    .option('--from-row <number>', 'skip the rows before this one (1 is the first after the header)', wholeNumber(1), 1)
    .option('--no-wait', 'exit once everything is recorded, without waiting for leads, scores and KPIs')
    .addOption(
      new Option(
        '--decisions <how>',
        'who is handed to sales because of these events: nobody, a few per day, or all; by default nobody because of events of more than a day ago',
      ).choices(DECISIONS),
    )
    .option('--dry-run', 'send nothing: show the first event of each type, the counts, and what is wrong')
    .action(async (file: string, _: unknown, command: Command) => importFile(file, command.optsWithGlobals<ImportOptions>(), terminal));
}

/** Sends the events of a file, and tells what came of it. Throws CommandFailed if any was refused. */
export async function importFile(file: string, options: ImportOptions, terminal: Terminal): Promise<void> {
  const { url, json, mapping, fromRow } = options;
  if (mapping === undefined && /\.(csv|tsv)$/i.test(file))
    throw new WrongUsage(`--mapping: expected a file that says what events the rows of ${file} become (docs/import.md), got nothing`);
  const problems = new ImportProblems();
  const rejected = (row: number, errors: readonly FieldError[]): void => problems.add(row, errors);
  const read = mapping === undefined ? undefined : readMapping(textOfFile('--mapping', mapping), mapping);
  const bytes = await opened(file);
  const source = read === undefined ? ndjson(bytes, fromRow, rejected) : await csv(bytes, read, file, fromRow, rejected);
  if (options.dryRun) return shown(source, problems, rejected, options, terminal);
  const answers = await sent(source, problems, { url, imported: importedAs(options.decisions) }, terminal);
  const { rows, unmapped, without } = source.counts;
  const { conflicts = 0 } = answers;
  const summary = {
    accepted: answers.accepted,
    duplicates: answers.duplicates,
    ...(conflicts > 0 && { conflicts }),
    rejected: answers.rejected + unmapped,
    rows,
    ...(without > 0 && { withoutEvent: without }),
    position: answers.position,
  };
  for (const notice of source.notices()) terminal.err(`${notice}\n`);
  if (options.decisions === undefined)
    terminal.err(
      'Because of events of more than a day ago nobody is handed to sales (--decisions silent); --decisions trickle or all changes that.\n',
    );
  if (options.wait && answers.position !== undefined) await folded(url, answers.position, terminal);
  if (json) terminal.out(`${JSON.stringify(summary)}\n`);
  else
    terminal.out(
      `${counted(rows, 'row')}: ${counted(summary.accepted, 'event')} accepted, ${counted(summary.duplicates, 'duplicate')}, ${conflicts > 0 ? `${counted(conflicts, 'conflict')}, ` : ''}${summary.rejected} rejected\n`,
    );
  if (conflicts > 0)
    terminal.err(
      `${counted(conflicts, 'event has', 'events have')} an id that stands for other content already, which holds; send what is new under ids of its own\n`,
    );
  if (summary.rejected + conflicts > 0)
    throw new CommandFailed(
      `${counted(summary.rejected + conflicts, 'event was', 'events were')} ${conflicts > 0 ? 'not taken' : 'rejected'}; everything else is in`,
    );
}

/** What is asked next is about the whole of it. */
async function folded(url: string, position: string, terminal: Terminal): Promise<void> {
  const line = lineOf('leads, scores and KPIs', terminal);
  try {
    await untilFolded(url, position, (positions) => line.say(`${counted(positions, 'position')} to go`));
  } finally {
    line.end();
  }
  terminal.err(`leads, scores and KPIs have all of it, as of position ${position}\n`);
}

const A_DAY_MS = 86_400_000;

/** History hands nobody to sales unless that is asked for. */
const importedAs = (decisions: Decisions | undefined): SendOptions['imported'] =>
  decisions ? { decisions } : { decisions: 'silent', before: new Date(Date.now() - A_DAY_MS).toISOString() };

/** Whatever ends it, what was refused until then is told. */
async function sent(
  source: Source,
  problems: ImportProblems,
  to: Pick<SendOptions, 'url' | 'imported'>,
  terminal: Terminal,
): Promise<Answers> {
  const progress = progressOf('rows', terminal);
  const noticed: string[] = [];
  let notices = 0;
  try {
    return await sendEvents(source.lines, {
      ...to,
      rejected: (row, errors) => problems.add(row, errors),
      // What is recorded differs from row to row; it is one kind all the same.
      conflicting: (row, errors) =>
        problems.add(
          row,
          errors.map((error) => ({ ...error, expected: 'what is recorded under this id' })),
        ),
      noticed: (row, texts) => {
        notices += texts.length;
        for (const text of texts) if (noticed.length < MOST_NOTICES) noticed.push(`row ${row}: ${text}\n`);
      },
      answered: (row) => progress.at(row),
    });
  } finally {
    progress.end();
    terminal.err(noticed.join(''));
    if (notices > noticed.length) terminal.err(`and ${counted(notices - noticed.length, 'more notice')}\n`);
    if (notices > 0)
      terminal.err('leads that may be one person: leadlog leads duplicates; facts that contradict each other: leadlog notices\n');
    terminal.err(problems.text());
  }
}

async function shown(
  source: Source,
  problems: ImportProblems,
  rejected: (row: number, errors: readonly FieldError[]) => void,
  { json }: ImportOptions,
  terminal: Terminal,
): Promise<void> {
  const run = await dryRun(source.lines, rejected);
  const { rows, unmapped, without } = source.counts;
  const refused = run.rejected + unmapped;
  const { repeated } = run;
  if (json)
    terminal.out(
      `${JSON.stringify({ rows, events: run.events, rejected: refused, withoutEvent: without, repeated: repeated.events, types: run.types, problems: problems.list() })}\n`,
    );
  else {
    for (const { first } of run.types) terminal.out(`${JSON.stringify(first, null, 2)}\n`);
    terminal.out(
      tableText(
        ['type', 'events', 'from', 'to'],
        run.types.map(({ type, events, from, to }) => [type, events, from, to]),
      ),
    );
    terminal.out(`${counted(rows, 'row')} would become ${counted(run.events, 'event')}; ${refused} would be rejected. Nothing was sent.\n`);
    terminal.err(problems.text());
  }
  if (repeated.events > 0)
    terminal.err(
      `${counted(repeated.events, 'event has', 'events have')} an id that came before in the file (${repeated.events === 1 ? 'row' : 'rows'} ${repeated.rows.join(', ')}${repeated.events > repeated.rows.length ? ', …' : ''}): ${repeated.events === 1 ? 'it would count as a duplicate' : 'they would count as duplicates'}\n`,
    );
  for (const notice of source.notices()) terminal.err(`${notice}\n`);
  if (refused > 0) throw new CommandFailed(`${counted(refused, 'event')} would be rejected`);
}

async function csv(
  bytes: Readable,
  mapping: ImportMapping,
  file: string,
  fromRow: number,
  rejected: (row: number, errors: readonly FieldError[]) => void,
): Promise<Source> {
  const { header, rows } = await openCsv(bytes, mapping.csv);
  const eventsOf = rowMapper(mapping, header, { import: Date.now(), ...(file !== '-' && { file: statSync(file).mtimeMs }) });
  const counts = { rows: 0, unmapped: 0, without: 0 };
  const unmet = new UnmetConditions(mapping, header);
  async function* lines(): AsyncGenerator<Line> {
    for await (const one of rows) {
      const { row } = one;
      if (row < fromRow) continue;
      counts.rows++;
      if ('broken' in one) {
        counts.unmapped++;
        rejected(row, [one.broken]);
        continue;
      }
      const events = eventsOf(one.values, row);
      if (events.length === 0) counts.without++;
      unmet.see(one.values);
      for (const mapped of events) {
        if (mapped.ok) yield { row, text: JSON.stringify(mapped.event) };
        else {
          counts.unmapped++;
          rejected(row, mapped.errors);
        }
      }
    }
  }
  return {
    lines: lines(),
    counts,
    notices: () => [
      ...(counts.without > 0
        ? [
            `${counts.without} of ${counted(counts.rows, 'row')} became no event: no \`when\` of the mapping holds for ${counts.without === 1 ? 'it' : 'them'}`,
          ]
        : []),
      ...unmet.notices(),
    ],
  };
}

/** Lines as the API has them: ended by line feeds alone, since texts may hold U+2028, and in UTF-8, since nothing says what other bytes mean. */
function ndjson(bytes: Readable, fromRow: number, rejected: (row: number, errors: readonly FieldError[]) => void): Source {
  const counts = { rows: 0, unmapped: 0, without: 0 };
  const cut = new NdjsonLines();
  function* lineOf(found: NdjsonLine): Generator<Line> {
    const { line: row } = found;
    if (row < fromRow) return;
    counts.rows++;
    if ('text' in found) return yield { row, text: row === 1 ? withoutMark(found.text) : found.text };
    counts.unmapped++;
    rejected(row, [brokenLine(found.broken)]);
  }
  async function* lines(): AsyncGenerator<Line> {
    for await (const chunk of bytes) for (const found of cut.push(chunk as Buffer)) yield* lineOf(found);
    for (const found of cut.end()) yield* lineOf(found);
  }
  return { lines: lines(), counts, notices: () => [] };
}

/** Waits for the file to be open, so that one that is missing is told before anything else happens. */
async function opened(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  // A folder can be opened, and not read.
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw unreadable('<file>', file, { code: 'EISDIR' });
  const stream = createReadStream(file);
  await new Promise<void>((open, failed) => {
    stream.once('open', () => open());
    stream.once('error', (error) => failed(unreadable('<file>', file, error)));
  });
  return stream;
}
