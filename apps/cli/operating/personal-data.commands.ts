import { Command } from 'commander';
import { personalTypes, storedAs } from '@leadlog/personal';
import { openLogToRead } from '../../setup/backends';
import { openPersonalKeysToRead } from '../../setup/personal-keys';
import { readSettings } from '../../setup/settings';
import { factsText } from '../tables';
import type { Common, Terminal } from '../terminal';

/** Straight on the log that the settings name. */
export function addPersonalData(program: Command, terminal: Terminal): void {
  program
    .command('personal-data')
    .description('how personal data are recorded, in the log in the settings of this shell')
    .command('status')
    .description('count events whose personal part is sealed, and those that are in clear; reads all of the log')
    .action(async (_: unknown, command: Command) => {
      const settings = readSettings(terminal.env);
      const log = openLogToRead(settings);
      const events = { sealed: 0, clear: 0, 'left out': 0, 'nothing personal': 0 };
      try {
        for await (const slice of log.read({ filter: { types: personalTypes } }))
          for (const { type, data } of slice.events) events[storedAs(type, data as object)] += 1;
      } finally {
        await log.close();
      }
      const keys = await openPersonalKeysToRead(settings);
      const { keys: people = 0, forgotten = 0 } = (await keys?.counts().finally(() => keys.close())) ?? {};
      const facts = { sealed: events.sealed, clear: events.clear, keys: people, forgotten };
      if (command.optsWithGlobals<Common>().json) terminal.out(`${JSON.stringify(facts)}\n`);
      else
        terminal.out(
          factsText([
            ['events whose personal part is sealed', facts.sealed],
            ['events whose personal part is in clear', facts.clear],
            ['keys', facts.keys],
            ['forgotten', facts.forgotten],
          ]),
        );
    });
}
