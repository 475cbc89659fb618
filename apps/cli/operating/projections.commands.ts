import { Command } from 'commander';
import { counted } from '@leadlog/events';
import { callApi } from '../api-client';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';

interface ProjectionItem {
  name: string;
  version: string | number;
  state: string;
  paused: boolean;
  lag: number;
  rate: number;
  parked: number;
  done?: number;
  total?: number;
  secondsLeft?: number;
  error?: string;
}

const COMMANDS = {
  rebuild: 'build a new generation next to the live one; it takes over once it has caught up',
  switch: 'make the generation that has caught up live',
  rollback: 'go back to the generation that was live before',
  pause: 'stop folding',
  resume: 'resume folding',
} as const;

/** Operating projections; each is one request to the API. */
export function addProjections(program: Command, terminal: Terminal): void {
  const projections = program.command('projections').description('show and operate the read models');
  const print = (command: Command, answer: unknown, text: () => string): void =>
    terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(answer)}\n` : text());
  const pathOf = (name: string, verb: string): string => `/v1/projections/${encodeURIComponent(name)}/${verb}`;
  const urlOf = (command: Command): string => command.optsWithGlobals<Common>().url;

  projections.command('list').action(async (_: unknown, command: Command) => {
    const answer = await callApi<{ items: ProjectionItem[] }>(urlOf(command), 'GET', '/v1/projections');
    print(command, answer, () =>
      tableText(['projection', 'version', 'state', 'lag', 'events/s', 'built', 'parked', 'error'], answer.items.map(row)),
    );
  });
  for (const [verb, description] of Object.entries(COMMANDS)) {
    const one = projections.command(verb).description(description).argument('<name>');
    if (verb === 'rebuild') one.option('--no-auto-switch', 'wait for `projections switch` instead of switching when built');
    one.action(async (name: string, { autoSwitch }: { autoSwitch?: boolean }, command: Command) => {
      const answer = await callApi<Record<string, unknown>>(
        urlOf(command),
        'POST',
        pathOf(name, verb),
        verb === 'rebuild' ? { body: { autoSwitch } } : {},
      );
      print(command, answer, () => `${name}: ${verb} is on its way; see: leadlog projections list\n`);
    });
  }
  projections
    .command('drop')
    .description('drop a generation that is not live, even while it is being built')
    .argument('<name>')
    .argument('<generation>', 'its id in `projections list --json`')
    .action(async (name: string, generation: string, _: unknown, command: Command) => {
      const answer = await callApi<Record<string, unknown>>(
        urlOf(command),
        'DELETE',
        pathOf(name, `generations/${encodeURIComponent(generation)}`),
      );
      print(command, answer, () => `${name}: ${generation} is forgotten\n`);
    });
  projections
    .command('parked')
    .description('list keys that are parked because one of their events could not be folded')
    .argument('<name>')
    .action(async (name: string, _: unknown, command: Command) => {
      const answer = await callApi<{ items: ({ key: string } & Record<string, unknown>)[] }>(urlOf(command), 'GET', pathOf(name, 'parked'));
      print(command, answer, () =>
        tableText(
          ['key', 'why'],
          answer.items.map(({ key, ...why }) => [key, JSON.stringify(why)]),
        ),
      );
    });
  projections
    .command('unpark')
    .description('fold parked keys again; without --key, all of them')
    .argument('<name>')
    .option('--key <key>')
    .action(async (name: string, { key }: { key?: string }, command: Command) => {
      const answer = await callApi<{ keys: string[] }>(urlOf(command), 'POST', pathOf(name, 'unpark'), { body: { key } });
      print(command, answer, () => `${counted(answer.keys.length, 'key is', 'keys are')} folded again\n`);
    });
}

function row(one: ProjectionItem) {
  const built = one.total
    ? `${Math.floor((100 * (one.done ?? 0)) / one.total)} %${one.secondsLeft === undefined ? '' : `, ${Math.ceil(one.secondsLeft)} s left`}`
    : '';
  return [
    one.name,
    String(one.version).slice(0, 12),
    one.paused ? 'paused' : one.state,
    one.lag,
    Math.round(one.rate),
    built,
    one.parked,
    one.error,
  ];
}
