import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { commandLine, run } from './run';

const silent = { env: {}, out: () => undefined, err: () => undefined, file: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'leadlog-refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function called(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(args, {
    env: { LEADLOG_DATA: join(folder, 'nowhere') },
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

/** The words that call it, and the command. */
function commandsOf(command: Command, above: readonly string[] = []): [words: string[], command: Command][] {
  const words = [...above, command.name()];
  const own: [string[], Command][] =
    command.commands.length > 0 && command.registeredArguments.length === 0 ? [] : [[words.slice(1), command]];
  return [...own, ...command.commands.flatMap((one) => commandsOf(one, words))];
}
const all = commandsOf(commandLine(silent));

/** What a command cannot be called without. */
function needed(command: Command): string[] {
  const valueOf = ({ argChoices, long, flags }: Option): string =>
    argChoices?.[0] ?? (/from|to$/.test(long!) ? '2026-01-01' : flags.includes('<number>') ? '1' : 'x');
  // Two leads, or an option in place of them.
  if (command.name() === 'keep-apart') return ['x', 'y'];
  const arguments_ = command.registeredArguments.filter(({ required }) => required).map(({ argChoices }) => argChoices?.[0] ?? 'x');
  return [...arguments_, ...command.options.filter(({ mandatory }) => mandatory).flatMap((option) => [option.long!, valueOf(option)])];
}

function expectWrongUsage(args: readonly string[], { code, out, err }: Awaited<ReturnType<typeof called>>, form: RegExp): void {
  expect({ args, code, out, err }).toEqual({ args, code: 2, out: '', err: expect.stringMatching(form) as string });
  expect([args, /\bundefined\b|\[object|NaN|\n\s+at /.exec(err)]).toEqual([args, null]);
}

describe('every command', () => {
  it('refuses an option that it does not know, and says which is the nearest', async () => {
    expect(all.length).toBeGreaterThan(45);
    for (const [words, command] of all) {
      const args = [...words, ...needed(command), '--unheard-of'];
      expectWrongUsage(
        args,
        await called(...args),
        new RegExp(
          `^leadlog: expected an option of leadlog ${words.join(' ')}.*, got "--unheard-of" \\(leadlog ${words.join(' ')} --help\\)\\n$`,
        ),
      );
    }
    expect((await called('leads', 'list', '--limt', '5')).err).toBe(
      'leadlog: expected an option of leadlog leads list; the nearest is --limit, got "--limt" (leadlog leads list --help)\n',
    );
    expect((await called('leads', 'lsit')).err).toBe(
      'leadlog: expected a command of leadlog leads; the nearest is list, got "lsit" (leadlog leads --help)\n',
    );
    expect((await called('laeds')).err).toBe(
      'leadlog: expected a command of leadlog; the nearest is leads, got "laeds" (leadlog --help)\n',
    );
  });

  it('refuses a value that an option cannot have, and says what it can', async () => {
    let tried = 0;
    for (const [words, command] of all) {
      for (const { long, argChoices, parseArg, required, description } of command.options) {
        if (!required || (!argChoices && !parseArg) || /may be repeated/.test(description)) continue;
        const args = [...words, ...needed(command), long!, '-'];
        expectWrongUsage(
          args,
          await called(...args),
          new RegExp(`^leadlog: ${long}: expected .+, got "-" \\(leadlog ${words.join(' ')} --help\\)\\n$`),
        );
        const without = [...words, ...needed(command), long!];
        expectWrongUsage(without, await called(...without), new RegExp(`^leadlog: ${long}: expected a value, got nothing`));
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(60);
    expect((await called('leads', 'list', '--tier', 'warmish')).err).toBe(
      'leadlog: --tier: expected one of cold, warm, hot, got "warmish" (leadlog leads list --help)\n',
    );
    expect((await called('export', '--output', 'x', '--type', 'DealWin')).err).toBe(
      'leadlog: --type: expected types of events (the nearest to DealWin is DealWon), got "DealWin" (leadlog export --help)\n',
    );
  });

  it('refuses to be called without what it needs, or with more than it takes', async () => {
    for (const [words, command] of all) {
      const given = needed(command);
      if (given.length > 0)
        expectWrongUsage(
          words,
          await called(...words),
          /^leadlog: ((<[^>]+>|--[\w-]+): expected a value|expected two leads, or --identity), got nothing \(leadlog /,
        );
      // Where commands come below, the first word too many is none of them; one that takes many has none too many.
      if (command.commands.length > 0 || command.registeredArguments.some(({ variadic }) => variadic)) continue;
      const args = [...words, ...given, ...Array<string>(9).fill('y')];
      expectWrongUsage(args, await called(...args), /^leadlog: (expected \d+ arguments?, got \d+|<[^>]+>: expected one of)/);
    }
  });

  it('that asks an api says where nobody answers, and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((closed) => server.close(closed));
    const asking = all.filter(([[group]]) =>
      ['leads', 'why', 'timeline', 'inbox', 'kpi', 'log', 'handoff', 'projections', 'jobs'].includes(group!),
    );
    expect(asking.length).toBeGreaterThan(20);
    for (const [words, command] of asking) {
      const args = [...words, ...needed(command), '--url', url];
      expect([args, await called(...args)]).toEqual([
        args,
        {
          code: 1,
          out: '',
          err: expect.stringMatching(
            /^leadlog: no answer from http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Is Leadlog running there\? Start it with `npm start`, or name another address with --url or LEADLOG_URL\n$/,
          ) as string,
        },
      ]);
    }
  });
});

describe('a file or folder that cannot be read', () => {
  const none = 'no-such-file';
  it.each<[string[], string]>([
    [['import', none], '<file>'],
    [['import', folder], '<file>'],
    [['import', 'x.csv', '--mapping', none], '--mapping'],
    [['import', 'x.csv', '--mapping', folder], '--mapping'],
    [['sql', '--file', none], '--file'],
    [['model', 'validate', none], '<file>'],
    [['model', 'draft', none], '<file>'],
    [['policy', 'validate', none], '<file>'],
    [['replay', none], '<file>'],
  ])('is wrong usage: %j', async (args, place) =>
    expectWrongUsage(
      args,
      await called(...args),
      new RegExp(`^leadlog: ${place}: expected a file that can be read(, or one of list, show, drop)?, got ".*" \\((ENOENT|EISDIR)\\)\\n$`),
    ),
  );

  it('as a data folder too', async () => {
    for (const [data, why] of [
      [join(folder, 'none'), 'is not there'],
      [folder, 'is empty'],
      [__filename, 'is no folder'],
    ] as const) {
      const args = ['sql', 'SELECT 1', '--data', data];
      expectWrongUsage(
        args,
        await called(...args),
        new RegExp(`^leadlog: --data: expected the data folder of an engine, .* got .*, which ${why};`),
      );
    }
  });
});
