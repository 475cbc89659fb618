import { Command, CommanderError } from 'commander';
import { WrongSetting } from '../setup/settings';
import { wrongUsageText } from './wrong-usage-text';
import { CommandFailed, harmless, Interrupted, WrongUsage, type Terminal } from './terminal';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** By the first word: a command loads what it needs, not what the others need. A word that is not here loads all of them. */
/* eslint-disable @typescript-eslint/no-require-imports */
const GROUPS: readonly { words: readonly string[]; add: () => (program: Command, terminal: Terminal) => void }[] = [
  { words: ['import'], add: () => (require('./import/import.command') as typeof import('./import/import.command')).addImport },
  { words: ['leads', 'why', 'timeline', 'inbox', 'kpi', 'log'], add: () => (require('./leads/reading.commands') as typeof import('./leads/reading.commands')).addReading },
  { words: ['handoff'], add: () => (require('./leads/handoff.commands') as typeof import('./leads/handoff.commands')).addHandoffs },
  { words: ['model'], add: () => (require('./scoring/model.commands') as typeof import('./scoring/model.commands')).addModels },
  { words: ['sql'], add: () => (require('./history/sql.commands') as typeof import('./history/sql.commands')).addSql },
  // A report is made with a template of replays.
  { words: ['report', 'replay'], add: () => (require('./history/report.commands') as typeof import('./history/report.commands')).addReports },
  { words: ['report', 'replay'], add: () => (require('./history/replay.command') as typeof import('./history/replay.command')).addReplay },
  { words: ['archive'], add: () => (require('./history/archive.commands') as typeof import('./history/archive.commands')).addArchive },
  { words: ['projections'], add: () => (require('./operating/projections.commands') as typeof import('./operating/projections.commands')).addProjections },
  { words: ['jobs'], add: () => (require('./operating/jobs.commands') as typeof import('./operating/jobs.commands')).addJobs },
  { words: ['simulate'], add: () => (require('./import/simulate.command') as typeof import('./import/simulate.command')).addSimulate },
  { words: ['doctor'], add: () => (require('./operating/doctor.command') as typeof import('./operating/doctor.command')).addDoctor },
  { words: ['backup', 'restore'], add: () => (require('./operating/backup.commands') as typeof import('./operating/backup.commands')).addBackup },
];
/* eslint-enable @typescript-eslint/no-require-imports */

/** Runs one command line (without node and script). Answers the exit code: 0 fine, 1 failed, 2 wrong usage, 130 taken back with Ctrl-C. */
export async function run(args: readonly string[], { env, out, err }: Omit<Terminal, 'file'>): Promise<number> {
  // Names, notes and answers of the API come from anybody.
  const terminal: Terminal = { env, out: (text) => out(harmless(text)), err: (text) => err(harmless(text)), file: out };
  const program = commandLine(terminal, groupsOf(args));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Help that was asked for is fine.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError) terminal.err(error.code === 'commander.help' ? '' : `leadlog: ${wrongUsageText(error.message, calledOf(program, args))}\n`);
    if (error instanceof CommanderError) return 2;
    const known = error instanceof WrongUsage || error instanceof WrongSetting || error instanceof CommandFailed || error instanceof Interrupted;
    terminal.err(`leadlog: ${known ? error.message : String((error as Error).stack ?? error)}\n`);
    if (error instanceof Interrupted) return 130;
    return error instanceof WrongUsage || error instanceof WrongSetting ? 2 : 1;
  }
}

/** Every command there is, or those of some groups; calling one does what it says. */
export function commandLine(terminal: Terminal, groups = GROUPS): Command {
  const program = new Command('leadlog')
    .description('Leadlog on the command line, using a running API')
    .option('--url <url>', 'address of the API (LEADLOG_URL)', terminal.env.LEADLOG_URL || DEFAULT_URL)
    .option('--json', 'print one JSON document (or NDJSON) and nothing else on stdout')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError: () => undefined })
    .showSuggestionAfterError()
    .exitOverride();
  for (const group of groups) group.add()(program, terminal);
  return program;
}

function groupsOf(args: readonly string[]): typeof GROUPS {
  const word = args.find((arg, at) => !arg.startsWith('-') && args[at - 1] !== '--url');
  const groups = GROUPS.filter(({ words }) => word !== undefined && words.includes(word));
  return groups.length > 0 ? groups : GROUPS;
}

/** The command that was called, as far as it is one: `leadlog leads list`. */
function calledOf(program: Command, args: readonly string[]): string {
  let command = program;
  for (const word of args) command = command.commands.find((one) => one.name() === word) ?? command;
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}
