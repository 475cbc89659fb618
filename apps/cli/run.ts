import { Command, CommanderError } from 'commander';
import { addArchive } from './archive.commands';
import { addBackup } from './backup.commands';
import { addDoctor } from './doctor.command';
import { addHandoffs } from './handoff.commands';
import { addImport } from './import.command';
import { addJobs } from './jobs.commands';
import { addModels } from './model.commands';
import { addReading } from './reading.commands';
import { addReplay } from './replay.command';
import { addReports } from './report.commands';
import { addProjections } from './projections.commands';
import { addSimulate } from './simulate.command';
import { addSql } from './sql.commands';
import { WrongSetting } from '../settings';
import { CommandFailed, harmless, Interrupted, WrongUsage, type Terminal } from './terminal';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Runs one command line (without node and script). Answers the exit code: 0 fine, 1 failed, 2 wrong usage, 130 taken back with Ctrl-C. */
export async function run(args: readonly string[], { env, out, err }: Omit<Terminal, 'file'>): Promise<number> {
  // Names, notes and answers of the API come from anybody.
  const terminal: Terminal = { env, out: (text) => out(harmless(text)), err: (text) => err(harmless(text)), file: out };
  const program = commandLine(terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed its message itself; only help that was asked for is fine.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const known = error instanceof WrongUsage || error instanceof WrongSetting || error instanceof CommandFailed || error instanceof Interrupted;
    terminal.err(`leadlog: ${known ? error.message : String((error as Error).stack ?? error)}\n`);
    if (error instanceof Interrupted) return 130;
    return error instanceof WrongUsage || error instanceof WrongSetting ? 2 : 1;
  }
}

/** Every command there is; calling one does what it says. */
export function commandLine(terminal: Terminal): Command {
  const program = new Command('leadlog')
    .description('Leadlog on the command line, against a running API')
    .option('--url <url>', 'address of the API (LEADLOG_URL)', terminal.env.LEADLOG_URL || DEFAULT_URL)
    .option('--json', 'print one JSON document (or NDJSON) and nothing else on stdout')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError()
    .exitOverride();
  addImport(program, terminal);
  addReading(program, terminal);
  addHandoffs(program, terminal);
  addModels(program, terminal);
  addSql(program, terminal);
  addReports(program, terminal);
  addReplay(program, terminal);
  addArchive(program, terminal);
  addProjections(program, terminal);
  addJobs(program, terminal);
  addSimulate(program, terminal);
  addDoctor(program, terminal);
  addBackup(program, terminal);
  return program;
}
