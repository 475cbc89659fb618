import { Command } from 'commander';
import { ArchiveFiles, throughOf, verifyArchive } from '@leadlog/reports';
import { openLogToRead } from '../backends';
import { readSettings, type Settings } from '../settings';
import { tableText } from './tables';
import { CommandFailed, type Common, type Terminal } from './terminal';

/** Straight on the folder and the log that the settings name. */
export function addArchive(program: Command, terminal: Terminal): void {
  const archive = program.command('archive').description('the copy of the log that SQL reads, in the folder and for the log that the settings of this shell name');
  archive
    .command('status')
    .description('up to where it goes, and how large it is')
    .action(async (_: unknown, command: Command) => {
      const settings = readSettings(terminal.env);
      const manifest = new ArchiveFiles(settings.archiveFolder).read();
      const log = openLogToRead(settings);
      const head = await log.head().finally(() => log.close());
      const segments = manifest?.segments ?? [];
      const events = segments.reduce((sum, one) => sum + one.events, 0);
      const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
      const facts = { folder: settings.archiveFolder, through: manifest ? String(throughOf(manifest)) : null, head: String(head), segments: segments.length, events, bytes };
      if (command.optsWithGlobals<Common>().json) terminal.out(`${JSON.stringify(facts)}\n`);
      else terminal.out(tableText(['fact', 'value'], Object.entries(facts)));
    });
  archive
    .command('verify')
    .description('compare every segment with what was written and with the log; reads all of both')
    .action(async (_: unknown, command: Command) => verify(readSettings(terminal.env), command.optsWithGlobals<Common>(), terminal));
}

async function verify(settings: Settings, { json }: Common, terminal: Terminal): Promise<void> {
  const log = openLogToRead(settings);
  let segments = 0;
  let damaged = 0;
  try {
    for await (const { segment, problems } of verifyArchive(new ArchiveFiles(settings.archiveFolder), log)) {
      segments += 1;
      if (problems.length > 0) damaged += 1;
      const { file, after, through, events } = segment;
      if (json) terminal.out(`${JSON.stringify({ file, after: String(after), through: String(through), events, problems })}\n`);
      else terminal.out(`${problems.length === 0 ? 'fine ' : 'WRONG'}  ${file}: ${events} events, ${after} < position ≤ ${through}${problems.map((one) => `; ${one}`).join('')}\n`);
    }
  } finally {
    await log.close();
  }
  if (damaged > 0) throw new CommandFailed(`${damaged} of ${segments} segments are wrong; delete their files, they are made again from the log`);
}
