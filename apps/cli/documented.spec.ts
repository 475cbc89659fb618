import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readSettings, SETTING_NAMES } from '../setup/settings';
import { commandLine, run } from './run';

const text = (file: string): string => readFileSync(resolve(file), 'utf8');
const silent = { env: {}, out: () => undefined, err: () => undefined, file: () => undefined };

/** `leadlog model publish <id> [version]` → its options. */
function commandsOf(command: Command, above = ''): [string, string[]][] {
  const name = `${above}${command.name()}`;
  const called = [
    name,
    ...command.registeredArguments.map((one) =>
      one.required ? `<${one.name()}${one.variadic ? '…' : ''}>` : `[${one.name()}${one.variadic ? '…' : ''}]`,
    ),
  ].join(' ');
  const options = command.options.filter(({ hidden }) => !hidden).map(({ long, short }) => long ?? short!);
  const isOnlyAbove = command.commands.length > 0 && command.registeredArguments.length + options.length === 0;
  return [
    ...(isOnlyAbove ? [] : [[called, options] as [string, string[]]]),
    ...command.commands.flatMap((one) => commandsOf(one, `${name} `)),
  ];
}
const lineOf = ([called, options]: [string, string[]]): string =>
  `- \`${called}\`${options.length > 0 ? `: ${options.map((option) => `\`${option}\``).join(', ')}` : ''}`;

describe('the documentation', () => {
  it('lists every command with all of its options, and no others', () => {
    const page = text('docs/cli.md');
    const listed = page
      .slice(page.indexOf('## All commands'))
      .split('\n')
      .filter((line) => line.startsWith('- `'));
    expect(listed).toEqual(commandsOf(commandLine(silent)).map(lineOf));
  });

  it('lists every command in the help, which loads none of them', async () => {
    let help = '';
    await run(['--help'], { ...silent, out: (text) => (help += text) });
    const listed = help
      .slice(help.indexOf('Commands:'))
      .split('\n')
      .flatMap((line) => /^ {2}([\w-]+)/.exec(line)?.[1] ?? []);
    expect(listed).toEqual([...commandLine(silent).commands.map((command) => command.name()), 'help']);
  });

  it('lists every setting in the README, with what holds where it is not set', () => {
    const names = text('README.md')
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line))
      .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!));
    expect([...new Set(names)].sort()).toEqual(Object.keys(SETTING_NAMES).sort());
    const { timezone, fiscalYearStart, port, bodyMs, archiveRestMs, logLevel } = readSettings({});
    const rows = new Map(
      text('README.md')
        .split('\n')
        .flatMap((line) =>
          [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => [name!, line.split('|')[2]!] as const),
        ),
    );
    for (const [name, value] of [
      ['LEADLOG_TIMEZONE', timezone],
      ['LEADLOG_FISCAL_YEAR_START', fiscalYearStart],
      ['PORT', port],
      ['LEADLOG_BODY_SECONDS', bodyMs / 1_000],
      ['LEADLOG_ARCHIVE_SECONDS', archiveRestMs / 1_000],
      ['LEADLOG_LOG_LEVEL', logLevel],
    ] as const) {
      expect([name, rows.get(name)]).toEqual([name, expect.stringContaining(`\`${value}\``)]);
    }
  });
});
