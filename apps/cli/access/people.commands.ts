import { Command, Option } from 'commander';
import { PERSON_ROLES, type PersonRole } from '@leadlog/events';
import { callApi } from '../api-client';
import { showAnswer } from '../show-answer';
import { tableText } from '../tables';
import type { Common, Terminal } from '../terminal';

interface PersonItem {
  personId: string;
  name: string;
  email?: string;
  role: string;
  repId?: string;
  state: string;
  sessions: number;
}
interface Stated {
  name?: string;
  email?: string;
  role?: PersonRole;
  rep?: string;
}
interface Changed {
  personId: string;
  repeated: boolean;
}
interface Link {
  personId: string;
  link: string;
  expiresAt: string;
}

const pathOf = (personId: string, verb: string) => `/v1/people/${encodeURIComponent(personId)}/${verb}`;

/** People who sign in with a browser. */
export function addPeople(program: Command, terminal: Terminal): void {
  const people = program.command('people').description('people: who may sign in with a browser');
  people
    .command('list')
    .description('list all people, also those who are disabled')
    .action((_: unknown, command: Command) => showAnswer<{ items: PersonItem[] }>(terminal, command, '/v1/people', {}, peopleText));
  withProperties(people.command('add').description('add a person and print their id').argument('<name>'), true).action(
    async (name: string, { rep: repId, ...stated }: Stated, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const added = await callApi<Changed>(url, 'POST', '/v1/people', { body: { ...stated, repId, name } });
      terminal.out(json ? `${JSON.stringify(added)}\n` : `${added.personId}\n`);
    },
  );
  withProperties(people.command('change').description('change a person; what is not said stays').argument('<person>'), false)
    .option('--name <name>', 'what they are called')
    .action(async (personId: string, { rep: repId, ...stated }: Stated, command: Command) => {
      const body = { ...stated, repId };
      await act(personId, 'change', 'is changed', command, terminal, body);
    });
  people
    .command('disable')
    .description('let a person in no longer; their sessions end')
    .argument('<person>')
    .action((personId: string, _: unknown, command: Command) => act(personId, 'disable', 'is disabled', command, terminal));
  people
    .command('enable')
    .description('let a person who was disabled sign in again')
    .argument('<person>')
    .action((personId: string, _: unknown, command: Command) => act(personId, 'enable', 'is enabled', command, terminal));
  people
    .command('sign-out')
    .description('end all sessions of a person')
    .argument('<person>')
    .action((personId: string, _: unknown, command: Command) => act(personId, 'sign-out', 'is signed out', command, terminal));
  people
    .command('link')
    .description('print a link by which a person signs in, once')
    .argument('[person]', 'by default, whoever owns the engine', 'owner')
    .action(async (personId: string, _: unknown, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      const made = await callApi<Link>(url, 'POST', pathOf(personId, 'link'));
      // Alone on stdout, so that it can be sent to a browser.
      terminal.out(json ? `${JSON.stringify(made)}\n` : `${made.link}\n`);
      if (!json) terminal.err(`signs ${made.personId} in, once, until ${made.expiresAt}\n`);
    });
}

function withProperties(command: Command, isNew: boolean): Command {
  const role = new Option('--role <role>', 'what they may do').choices(PERSON_ROLES);
  return command
    .addOption(isNew ? role.makeOptionMandatory() : role)
    .option('--email <address>', isNew ? 'their e-mail address' : 'their e-mail address; an empty one takes it away')
    .option('--rep <id>', 'of a rep: which representative they are');
}

async function act(personId: string, verb: string, done: string, command: Command, terminal: Terminal, body?: object): Promise<void> {
  const { url, json } = command.optsWithGlobals<Common>();
  const answer = await callApi<Changed>(url, 'POST', pathOf(personId, verb), { body });
  terminal.out(json ? `${JSON.stringify(answer)}\n` : `${personId} ${done}\n`);
}

function peopleText({ items }: { items: PersonItem[] }): string {
  const rows = items.map(({ personId, name, email, role, repId, state, sessions }) => [
    personId,
    role,
    state,
    name,
    email,
    repId,
    sessions,
  ]);
  return tableText(['id', 'role', 'state', 'name', 'e-mail', 'rep', 'sessions'], rows);
}
