import { Command, Option } from 'commander';
import { createKey, type WantedKey } from '@leadlog/access';
import { ROLES, type Role } from '@leadlog/events';
import { openLog } from '../../setup/backends';
import { readSettings } from '../../setup/settings';
import { hasKeyFor } from '../access-key';
import { apiUrl, callApi } from '../api-client';
import { moment, wholeNumber } from '../arguments';
import { showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';

interface KeyItem {
  keyId: string;
  name: string;
  role: string;
  state: string;
  source?: string;
  types?: string[];
  repId?: string;
  teams?: string[];
  names?: boolean;
  createdAt: string;
  lastUsedAt?: string;
  expiresAt?: string;
}
interface Current {
  keyId: string;
  name: string;
  role: string;
  permissions: string[];
}
interface Made {
  keyId: string;
  key: string;
  position: string;
}
interface Wanted {
  name?: string;
  role: Role;
  source?: string;
  type: string[];
  rep?: string;
  team: string[];
  names?: true;
  expiresAt?: string;
}

const pathOf = (keyId: string, verb: string) => `/v1/keys/${encodeURIComponent(keyId)}/${verb}`;

/** Access keys. */
export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('access keys: who may do what');
  keys
    .command('list')
    .description('list all keys, also those that are no longer valid')
    .action((_: unknown, command: Command) => showAnswer<{ items: KeyItem[] }>(terminal, command, '/v1/keys', {}, keysText));
  keys
    .command('status')
    .description('show which key this command line uses, and what it may do')
    .action((_: unknown, command: Command) => showAnswer<Current>(terminal, command, '/v1/keys/current', {}, currentText));
  keys
    .command('create')
    .description('make a key and print it; it is shown only now')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--name <text>', 'what it is for (by default its role)')
    .option('--source <source>', 'of a sender: the only source that its events may have')
    .option('--type <type>', 'of a sender: a type of event that it may send, and no others; may be repeated', collected, [])
    .option('--rep <id>', 'of a rep: who it is')
    .option('--team <id>', 'of a manager: a team whose people and handoffs it reaches, and no others; may be repeated', collected, [])
    .option('--names', 'of an analyst: SQL tells it names and addresses, too')
    .option('--expires-at <moment>', 'when it ends, RFC 3339 (never)', moment)
    .action((wanted: Wanted, command: Command) => create(wanted, command.optsWithGlobals<Common>(), terminal));
  keys
    .command('rotate')
    .description('give a key a new secret and print the key; it is shown only now')
    .argument('<id>')
    .option('--overlap-hours <hours>', 'for how long the key before it is accepted too (24)', wholeNumber(0, 720))
    .action(async (keyId: string, body: { overlapHours?: number }, command: Command) => {
      const common = command.optsWithGlobals<Common>();
      tell(await callApi<Made>(common.url, 'POST', pathOf(keyId, 'rotate'), { body }), common, terminal);
    });
  keys
    .command('revoke')
    .description('revoke a key for good')
    .argument('<id>')
    .action(async (keyId: string, _: unknown, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const answer = await callApi<{ repeated: boolean }>(url, 'POST', pathOf(keyId, 'revoke'));
      terminal.out(json ? `${JSON.stringify(answer)}\n` : `${keyId} is revoked\n`);
    });
}

const some = (texts: string[]): string[] | undefined => (texts.length > 0 ? texts : undefined);

const collected = (text: string, before: string[]): string[] => [...before, text];

async function create(
  { name, role, source, type, rep: repId, team, names, expiresAt }: Wanted,
  common: Common,
  terminal: Terminal,
): Promise<void> {
  const wanted = { name: name ?? role, role, source, types: some(type), repId, teams: some(team), names, expiresAt };
  const isFirst = role === 'owner' && terminal.env.EVENTSTORE_URL && !hasKeyFor(apiUrl(common.url, '/'));
  tell(
    isFirst ? await createInLog(wanted, terminal) : await callApi<Made>(common.url, 'POST', '/v1/keys', { body: wanted }),
    common,
    terminal,
  );
}

/** The first owner of an engine on servers: whoever can write to its log may do anything anyway. */
async function createInLog(wanted: WantedKey, { env }: Terminal): Promise<Made> {
  const log = openLog(readSettings(env));
  try {
    const made = await createKey({ log, clock: Date.now, actor: { kind: 'system', id: 'cli' } }, wanted);
    return { ...made, position: String(made.position) };
  } finally {
    await log.close();
  }
}

/** Alone on stdout, so that it can be sent to a file or a variable. */
function tell(made: Made, { json }: Common, terminal: Terminal): void {
  terminal.out(json ? `${JSON.stringify(made)}\n` : `${made.key}\n`);
  if (!json) terminal.err(`key ${made.keyId}; it is shown only now, keep it where only its user can read it\n`);
}

function keysText({ items }: { items: KeyItem[] }): string {
  const rows = items.map(({ keyId, name, role, state, source, types, repId, teams, names, createdAt, lastUsedAt, expiresAt }) => [
    keyId,
    names ? `${role}, personal` : role,
    state,
    name,
    [repId, source, ...(teams ?? []), ...(types ?? [])].filter((one) => one !== undefined).join(', '),
    createdAt,
    lastUsedAt,
    expiresAt,
  ]);
  return tableText(['id', 'role', 'state', 'name', 'only', 'made', 'last used', 'expires'], rows);
}

function currentText({ keyId, name, role, permissions }: Current): string {
  return `key ${keyId} (${name}), role ${role}; it may: ${permissions.join(', ')}\n`;
}
