import { Command, CommanderError } from 'commander';
import { kindOf } from '@leadlog/errors';
import { withKeyOf } from './access-key';
import { wrongUsageText } from './wrong-usage-text';
import { CommandFailed, harmless, Interrupted, type Terminal } from './terminal';

const DEFAULT_URL = 'http://127.0.0.1:3000';

const ORG = 'the organisation: reps, teams, working hours; draft, publish, compare, roll back';
const PROCESS = 'sales processes: stages and next actions; draft, publish, compare, roll back';
const POLICY = 'handoff policies: draft, publish, compare, roll back';

type Add = (program: Command, terminal: Terminal) => void;

/** By the first word, with what the help says of it: a command loads what it needs, not what the others need. */
/* eslint-disable @typescript-eslint/no-require-imports */
const GROUPS: readonly { commands: Readonly<Record<string, string>>; add: () => readonly Add[] }[] = [
  {
    commands: { import: 'send a file of events: NDJSON, or CSV with a mapping' },
    add: () => [(require('./import/import.command') as typeof import('./import/import.command')).addImport],
  },
  {
    commands: {
      leads: 'leads and their scores',
      why: 'explain the score of a lead',
      timeline: 'list what the customer did and what we did',
      inbox: 'list leads that are with sales, hottest first',
      kpi: 'show KPIs with numerator and denominator',
      log: 'read the event log',
    },
    add: () => [(require('./leads/reading.commands') as typeof import('./leads/reading.commands')).addReading],
  },
  {
    commands: { erase: 'forget a person' },
    add: () => [(require('./leads/erase.command') as typeof import('./leads/erase.command')).addErase],
  },
  {
    commands: { retention: 'people without any act for long: list them, or forget them' },
    add: () => [(require('./leads/retention.command') as typeof import('./leads/retention.command')).addRetention],
  },
  {
    commands: { handoff: 'answer a handoff for sales' },
    add: () => [(require('./leads/handoff.commands') as typeof import('./leads/handoff.commands')).addHandoffs],
  },
  {
    commands: {
      targets: 'targets of representatives, teams and the whole company',
      board: 'show the steps of marketing and sales in one funnel, with targets and pace',
    },
    add: () => [(require('./sales/board.commands') as typeof import('./sales/board.commands')).addBoard],
  },
  {
    commands: { revisits: 'list returned leads to look at again', questions: 'list questions between sales and marketing that are open' },
    add: () => [(require('./leads/marketing.commands') as typeof import('./leads/marketing.commands')).addMarketing],
  },
  {
    commands: { relay: 'give appointments from inside to field sales' },
    add: () => [(require('./sales/relay.commands') as typeof import('./sales/relay.commands')).addRelay],
  },
  {
    commands: { notices: 'list facts that contradict each other' },
    add: () => [(require('./sales/notices.commands') as typeof import('./sales/notices.commands')).addNotices],
  },
  {
    commands: { cards: 'business cards: list, import, hand over to marketing' },
    add: () => [(require('./leads/cards.commands') as typeof import('./leads/cards.commands')).addCards],
  },
  {
    commands: {
      day: 'show the day of a representative: what to do, in this order, and why',
      next: 'show stage and next action of a lead and of its open deals',
      deals: 'list open deals with stage and next action, opened last first',
    },
    add: () => [(require('./sales/work.commands') as typeof import('./sales/work.commands')).addWork],
  },
  {
    commands: { model: 'scoring models: draft, publish, compare, roll back' },
    add: () => [(require('./scoring/model.commands') as typeof import('./scoring/model.commands')).addModels],
  },
  {
    commands: { policy: POLICY, org: ORG, process: PROCESS },
    add: () => {
      const { addDocuments, ORGANISATION, POLICIES, PROCESSES } =
        require('./documents/document.commands') as typeof import('./documents/document.commands');
      return [addDocuments(POLICIES, POLICY), addDocuments(ORGANISATION, ORG), addDocuments(PROCESSES, PROCESS)];
    },
  },
  {
    commands: { sql: 'run one SELECT over all of history', export: 'write recorded events to a file' },
    add: () => [(require('./history/sql.commands') as typeof import('./history/sql.commands')).addSql],
  },
  {
    commands: { report: 'named questions over all of history', replay: 'run a fold of your own over all of history' },
    add: () => [
      (require('./history/report.commands') as typeof import('./history/report.commands')).addReports,
      (require('./history/replay.command') as typeof import('./history/replay.command')).addReplay,
    ],
  },
  {
    commands: { archive: 'the copy of the log that SQL reads' },
    add: () => [(require('./history/archive.commands') as typeof import('./history/archive.commands')).addArchive],
  },
  {
    commands: { projections: 'show and operate the read models' },
    add: () => [(require('./operating/projections.commands') as typeof import('./operating/projections.commands')).addProjections],
  },
  {
    commands: { jobs: 'webhook deliveries and other work outside the log' },
    add: () => [(require('./operating/jobs.commands') as typeof import('./operating/jobs.commands')).addJobs],
  },
  {
    commands: { keys: 'access keys: who may do what' },
    add: () => [(require('./access/keys.commands') as typeof import('./access/keys.commands')).addKeys],
  },
  {
    commands: { audit: 'list who read people in bulk, changed something, or was refused that, the latest first' },
    add: () => [(require('./access/audit.commands') as typeof import('./access/audit.commands')).addAudit],
  },
  {
    commands: { people: 'people: who may sign in with a browser' },
    add: () => [(require('./access/people.commands') as typeof import('./access/people.commands')).addPeople],
  },
  {
    commands: { simulate: 'write events of a made-up company' },
    add: () => [(require('./import/simulate.command') as typeof import('./import/simulate.command')).addSimulate],
  },
  {
    commands: { doctor: 'check storage and settings, suggest fixes' },
    add: () => [(require('./operating/doctor.command') as typeof import('./operating/doctor.command')).addDoctor],
  },
  {
    commands: { backup: 'copy the log of the data folder', restore: 'restore a backup to the data folder' },
    add: () => [(require('./operating/backup.commands') as typeof import('./operating/backup.commands')).addBackup],
  },
  {
    commands: { 'personal-data': 'how personal data are recorded' },
    add: () => [(require('./operating/personal-data.commands') as typeof import('./operating/personal-data.commands')).addPersonalData],
  },
];
/* eslint-enable @typescript-eslint/no-require-imports */

/** Runs one command line (without node and script). Answers the exit code: 0 fine, 1 failed, 2 wrong usage, 130 cancelled with Ctrl-C. */
export async function run(args: readonly string[], { env, out, err }: Omit<Terminal, 'file'>): Promise<number> {
  // Names, notes and answers of the API come from anybody.
  const terminal: Terminal = { env, out: (text) => out(harmless(text)), err: (text) => err(harmless(text)), file: out };
  const program = commandOf(args, terminal);
  try {
    await withKeyOf(
      () => ({ env: terminal.env, keyFile: program.opts<{ keyFile?: string }>().keyFile }),
      () => program.parseAsync([...args], { from: 'user' }),
    );
    return 0;
  } catch (error) {
    // Help that was asked for is fine.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError)
      terminal.err(error.code === 'commander.help' ? '' : `leadlog: ${wrongUsageText(error.message, calledOf(program, args))}\n`);
    if (error instanceof CommanderError) return 2;
    const kind = kindOf(error);
    const { message, stack = String(error) } = error as Error;
    terminal.err(`leadlog: ${kind || error instanceof Interrupted ? message : stack}\n`);
    if (error instanceof Interrupted) return 130;
    // Understood, and failed at what it was to do.
    if (error instanceof CommandFailed) return 1;
    return kind === 'invalid' ? 2 : 1;
  }
}

/** Every command there is; calling one does what it says. */
export function commandLine(terminal: Terminal): Command {
  const program = withoutCommands(terminal);
  for (const { add } of GROUPS) for (const each of add()) each(program, terminal);
  return program;
}

/**
 * The commands of the group that is called. Where none is, only their names and summaries: all that the help, and the answer to a wrong
 * word, need.
 */
function commandOf(args: readonly string[], terminal: Terminal): Command {
  const program = withoutCommands(terminal);
  const words = args.filter((arg, at) => !arg.startsWith('-') && args[at - 1] !== '--url' && args[at - 1] !== '--key-file');
  const word = words[0] === 'help' ? words[1] : words[0];
  const called = GROUPS.find(({ commands }) => word !== undefined && Object.hasOwn(commands, word));
  if (called) for (const each of called.add()) each(program, terminal);
  else
    for (const { commands } of GROUPS) for (const [name, summary] of Object.entries(commands)) program.command(name).description(summary);
  return program;
}

function withoutCommands(terminal: Terminal): Command {
  return new Command('leadlog')
    .description('Leadlog on the command line, using a running API')
    .option('--url <url>', 'address of the API (LEADLOG_URL)', terminal.env.LEADLOG_URL || DEFAULT_URL)
    .option('--key-file <file>', 'file with the access key to use (LEADLOG_KEY; on the machine of the API, its owner key)')
    .option('--json', 'print one JSON document (or NDJSON) and nothing else on stdout')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError: () => undefined })
    .showSuggestionAfterError()
    .exitOverride();
}

/** The command that was called, as far as it is one: `leadlog leads list`. */
function calledOf(program: Command, args: readonly string[]): string {
  let command = program;
  for (const word of args) command = command.commands.find((one) => one.name() === word) ?? command;
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}
