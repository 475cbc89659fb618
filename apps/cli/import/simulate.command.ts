import { Command, Option } from 'commander';
import { counted, errorsText } from '@leadlog/events';
import { organisationOf, simulate, type CloudEvent } from '@leadlog/simulation';
import { startOfLocalDay } from '@leadlog/time';
import { day, wholeNumber } from '../arguments';
import { writeOutput } from '../output-file';
import { progressOf } from '../progress';
import { CommandFailed, WrongUsage, type Common, type Terminal } from '../terminal';
import { sendEvents, type Line } from './send-events';

type Options = Common & {
  seed: number;
  from: string;
  to: string;
  accounts?: number;
  reps?: number;
  organisation?: string;
  out?: string;
  send?: true;
};

export function addSimulate(program: Command, terminal: Terminal): void {
  program
    .command('simulate')
    .description('write events of a made-up Japanese company as NDJSON; the same options give the same events')
    .option('--seed <number>', '', wholeNumber(0), 1)
    .option('--from <day>', 'first day in Japan', day, '2026-01-01')
    .option('--to <day>', 'the day after the last', day, '2026-07-01')
    .option('--accounts <number>', 'companies that may become customers', wholeNumber(1))
    .option('--reps <number>', 'inside and field sales together', wholeNumber(1))
    .option('--organisation <file>', 'also write there who works for it and when (YAML)')
    .option('--out <file>', 'write to this file instead of stdout')
    .addOption(new Option('--send', 'send to the API instead').conflicts('out'))
    .action((_: unknown, command: Command) => simulated(command.optsWithGlobals<Options>(), terminal));
}

async function simulated(
  { url, json, seed, from, to, accounts, reps, organisation, out, send }: Options,
  terminal: Terminal,
): Promise<void> {
  if (from >= to) throw new WrongUsage(`--to: expected a day after --from (${from}), got ${to}`);
  const span = { from: new Date(startOfLocalDay(from, 'Asia/Tokyo')), to: new Date(startOfLocalDay(to, 'Asia/Tokyo')) };
  const options = { seed, ...span, accounts, reps, cycle: true };
  if (organisation !== undefined) await writeOutput(organisation, [organisationOf(options)]);
  const events = simulate(options);
  const progress = progressOf('events', terminal);
  try {
    if (send) {
      const answers = await sendEvents(lines(events), {
        url,
        answered: (row) => progress.at(row),
        rejected: (row, errors) => terminal.err(`event ${row}: ${errorsText(errors)}\n`),
      });
      const { conflicts = 0 } = answers;
      progress.end();
      terminal.out(
        json
          ? `${JSON.stringify(answers)}\n`
          : `${counted(answers.accepted, 'event')} accepted, ${counted(answers.duplicates, 'duplicate')}, ${conflicts > 0 ? `${counted(conflicts, 'conflict')}, ` : ''}${answers.rejected} rejected\n`,
      );
      if (conflicts > 0)
        throw new CommandFailed(
          `${counted(conflicts, 'event has', 'events have')} an id that stands for other content already, which holds: this log has events of another simulation`,
        );
      if (answers.rejected > 0) throw new CommandFailed(counted(answers.rejected, 'event was rejected', 'events were rejected'));
      return;
    }
    const texts = textsOf(events, (count) => progress.at(count));
    // The end of stdout is not ours to close.
    if (out === undefined) for (const text of texts) terminal.out(text);
    else await writeOutput(out, texts);
  } finally {
    progress.end();
  }
}

function* lines(events: Iterable<CloudEvent>): Generator<Line> {
  let row = 0;
  for (const event of events) yield { row: ++row, text: JSON.stringify(event) };
}

function* textsOf(events: Iterable<CloudEvent>, count: (events: number) => void): Generator<string> {
  for (const { row, text } of lines(events)) {
    yield `${text}\n`;
    count(row);
  }
}
