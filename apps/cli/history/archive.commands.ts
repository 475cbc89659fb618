import { Command } from 'commander';
import { ArchiveFiles, throughOf, verifyArchive, type Changed } from '@leadlog/archive';
import { counted } from '@leadlog/events';
import { openLogToRead } from '../../setup/backends';
import { readSettings, type Settings } from '../../setup/settings';
import { tableText } from '../tables';
import { CommandFailed, type Common, type Terminal } from '../terminal';

/** Straight on the folder and the log that the settings name. */
export function addArchive(program: Command, terminal: Terminal): void {
  const archive = program
    .command('archive')
    .description('the copy of the log that SQL reads, for the folder and log in the settings of this shell');
  archive
    .command('status')
    .description('show how far it reaches and how large it is')
    .action(async (_: unknown, command: Command) => {
      const settings = readSettings(terminal.env);
      const manifest = new ArchiveFiles(settings.archiveFolder).read();
      const log = openLogToRead(settings);
      const head = await log.head().finally(() => log.close());
      const segments = manifest?.segments ?? [];
      const events = segments.reduce((sum, one) => sum + one.events, 0);
      const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
      const facts = {
        folder: settings.archiveFolder,
        through: manifest ? String(throughOf(manifest)) : null,
        head: String(head),
        segments: segments.length,
        events,
        bytes,
      };
      if (command.optsWithGlobals<Common>().json) terminal.out(`${JSON.stringify(facts)}\n`);
      else terminal.out(tableText(['fact', 'value'], Object.entries(facts)));
    });
  archive
    .command('verify')
    .description('compare every segment with its recorded hash and with the log; reads all of both')
    .action(async (_: unknown, command: Command) => verify(readSettings(terminal.env), command.optsWithGlobals<Common>(), terminal));
}

async function verify(settings: Settings, { json }: Common, terminal: Terminal): Promise<void> {
  const log = openLogToRead(settings);
  let segments = 0;
  const wrong: (readonly Changed[])[] = [];
  try {
    for await (const { segment, problems, changed } of verifyArchive(new ArchiveFiles(settings.archiveFolder), log)) {
      segments += 1;
      if (changed.length > 0) wrong.push(changed);
      const { file, after, through, events } = segment;
      if (json) terminal.out(`${JSON.stringify({ file, after: String(after), through: String(through), events, problems, changed })}\n`);
      else
        terminal.out(
          `${changed.length === 0 ? 'fine ' : 'WRONG'}  ${file}: ${counted(events, 'event')}, ${after} < position ≤ ${through}${changed.length === 0 ? '' : `; changed: ${changed.join(', ')}`}${problems.map((one) => `; ${one}`).join('')}\n`,
        );
    }
  } finally {
    await log.close();
  }
  if (wrong.length > 0)
    throw new CommandFailed(
      `${wrong.length} of ${counted(segments, 'segment')} ${wrong.length === 1 ? 'is' : 'are'} wrong. ${whatToDo(wrong)}`,
    );
}

/** Whatever is made again is made from the log, so the log comes first: until it is right, the files hold the only good copy. */
function whatToDo(wrong: readonly (readonly Changed[])[]): string {
  const count = (what: Changed) => wrong.filter((changed) => changed.includes(what)).length;
  const [inLog, inFile, inManifest] = [count('log'), count('file'), count('manifest')];
  const steps = [];
  if (inLog > 0)
    steps.push(
      `The log was changed in ${inLog} of them since they were archived: stop Leadlog, delete no file of the archive, restore the log from a backup, and verify again`,
    );
  if (inFile > 0 && inLog > 0) steps.push(`The files of ${inFile} were changed too: delete them only once the log is restored`);
  else if (inFile > 0)
    steps.push(
      `The archive files of ${inFile} were changed, the log was not: delete these files and restart the worker, they are made again from the log`,
    );
  if (inManifest > 0)
    steps.push(
      `The manifest was changed in ${inManifest} of them${inLog > 0 ? '' : '; files and log agree: delete the newest manifest-….json and restart the worker'}`,
    );
  return steps.join('. ');
}
