import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Argument, type Command } from 'commander';
import { parseDocument } from 'yaml';
import { apiUrl, callApi, request } from '../api-client';
import { textOfFile } from '../arguments';
import { factsText, tableText, type Cell } from '../tables';
import { CommandFailed, type Common, type Terminal } from '../terminal';
import { callUpToNow } from '../wait-until-folded';
import { withPlaces } from './problem-places';

interface PublicationItem {
  version: string;
  publishedAt?: string;
  position?: string;
  rollbackTo?: string;
  ofSettings?: true;
}
interface DocumentItem {
  id: string;
  inUse: boolean;
  live?: PublicationItem;
  versions: { version: string; draftedAt: string; published: boolean }[];
  published: PublicationItem[];
}
interface Answer {
  id: string;
  version: string;
  repeated?: boolean;
}
interface Comparison {
  id: string;
  version: string;
  against: string;
  differences: { path: string; before?: unknown; after?: unknown }[];
}

/** A kind of document on the command line. */
export interface DocumentNoun {
  /** The command. */
  word: string;
  /** Such as `handoff policy`. */
  noun: string;
  path: string;
  /** Name of its JSON Schema. */
  schema: string;
  /** The member by which a document names itself; undefined if there is only one document of the kind. */
  named?: string;
  /** Folder of the documents to start from. */
  starting: string;
}

export const POLICIES: DocumentNoun = {
  word: 'policy',
  noun: 'handoff policy',
  path: '/v1/policies',
  schema: 'handoff-policy',
  named: 'policy',
  starting: join(__dirname, '../../../libs/handoff/policies'),
};

export const PROCESSES: DocumentNoun = {
  word: 'process',
  noun: 'sales process',
  path: '/v1/processes',
  schema: 'sales-process',
  named: 'process',
  starting: join(__dirname, '../../../libs/sales/processes'),
};

export const ORGANISATION: DocumentNoun = {
  word: 'org',
  noun: 'organisation',
  path: '/v1/organisation',
  schema: 'organisation',
  starting: join(__dirname, '../../../libs/organisation/organisations'),
};

/** Documents of a kind; each command is one request to the API, or two where it first has to look which version is meant. */
export function addDocuments({ word, noun, path, schema, named, starting }: DocumentNoun, description: string) {
  return (program: Command, terminal: Terminal): void => {
    const documents = program.command(word).description(description);
    const urlOf = (command: Command): string => command.optsWithGlobals<Common>().url;
    const print = (command: Command, answer: unknown, text: () => string): void =>
      terminal.out(command.optsWithGlobals<Common>().json ? `${JSON.stringify(answer)}\n` : text());
    const pathOf = (id: string | undefined, verb?: string): string =>
      [path, ...(id === undefined ? [] : [encodeURIComponent(id)]), ...(verb === undefined ? [] : [verb])].join('/');
    const called = (id: string | undefined): string => (id === undefined ? `the ${noun}` : id);
    const itemOf = (command: Command, id: string | undefined): Promise<DocumentItem> =>
      callUpToNow<DocumentItem>(urlOf(command), pathOf(id, 'history'));
    const sendDocument = async (command: Command, file: string, verb: 'validate' | 'drafts'): Promise<Answer> => {
      const text = textOfFile('<file>', file);
      try {
        const id = named === undefined ? undefined : idIn(text, named);
        const init = { method: 'POST', body: text, headers: { 'content-type': 'application/yaml' } };
        return (await (await request(apiUrl(urlOf(command), pathOf(id, verb)), init)).json()) as Answer;
      } catch (error) {
        throw withPlaces(error, file, `${basename(file)} is no ${noun}`, terminal);
      }
    };
    /** With the id of a document, where there are several. */
    const onOne = (command: Command, act: (id: string | undefined, options: Record<string, string>, command: Command) => Promise<void>) =>
      named === undefined
        ? command.action((options: Record<string, string>, of: Command) => act(undefined, options, of))
        : command.argument('<id>').action((id: string, options: Record<string, string>, of: Command) => act(id, options, of));

    if (named !== undefined)
      documents
        .command('list')
        .description('list them, with what counts and drafts')
        .action(async (_: unknown, command: Command) => {
          const answer = await callApi<{ items: DocumentItem[] }>(urlOf(command), 'GET', path);
          print(command, answer, () => tableText([word, '', 'live', 'since', 'drafts'], answer.items.map(rowOf)));
        });
    onOne(documents.command('history').description('show what was drafted and published'), async (id, _, command) => {
      const item = await itemOf(command, id);
      print(command, item, () => historyText(word, item));
    });
    onOne(
      documents
        .command('show')
        .description('print the document as it was written')
        .option('--version <version>', 'a drafted or published version; by default, what counts'),
      async (id, { version }, command) => {
        const answer = await callApi<{ text: string }>(urlOf(command), 'GET', pathOf(id), { query: { version } });
        print(command, answer, () => (answer.text.endsWith('\n') ? answer.text : `${answer.text}\n`));
      },
    );
    documents
      .command('validate')
      .description('check a document without saving it')
      .argument('<file>')
      .action(async (file: string, _: unknown, command: Command) => {
        const answer = await sendDocument(command, file, 'validate');
        print(command, answer, () => `${file} is version ${answer.version} of ${answer.id}\n`);
      });
    documents
      .command('draft')
      .description('save a document as a draft; its version follows from its meaning')
      .argument('<file>')
      .action(async (file: string, _: unknown, command: Command) => {
        const answer = await sendDocument(command, file, 'drafts');
        const publish = `leadlog ${word} publish${named === undefined ? '' : ` ${answer.id}`} --version ${answer.version}`;
        print(
          command,
          answer,
          () => `${answer.id} ${answer.version} ${answer.repeated ? 'was drafted before' : 'is drafted'}; publish it with: ${publish}\n`,
        );
      });
    onOne(
      documents
        .command('publish')
        .description('put a version into force, for what comes from now on')
        .option('--version <version>', 'a drafted version; by default, the latest that was never published'),
      async (id, { version }, command) => {
        const wanted = version ?? (await itemOf(command, id)).versions.findLast(({ published }) => !published)?.version;
        if (wanted === undefined)
          throw new CommandFailed(
            `${called(id)} has no draft that was never published; make one with: leadlog ${word} draft FILE, or name a version with --version`,
          );
        const answer = await callApi<Answer>(urlOf(command), 'POST', pathOf(id, 'publish'), { body: { version: wanted } });
        print(command, answer, () => `${answer.id} ${answer.version} is ${answer.repeated ? 'in force already' : 'published'}\n`);
      },
    );
    onOne(
      documents
        .command('rollback')
        .description('put into force again what was before')
        .option('--from <version>', 'the version to roll back; by default, the one in force'),
      async (id, { from }, command) => {
        const left = from ?? (await itemOf(command, id)).live?.version;
        const answer = await callApi<Answer>(urlOf(command), 'POST', pathOf(id, 'rollback'), { body: { from: left } });
        print(command, answer, () => `${answer.id} goes back${left === undefined ? '' : ` from ${left}`} to ${answer.version}\n`);
      },
    );
    onOne(
      documents
        .command('compare')
        .description('show what differs between two versions')
        .option('--version <version>', 'a drafted or published version; by default, the newest draft')
        .option('--against <version>', 'the version before; by default, what counts'),
      async (id, { version, against }, command) => {
        const answer = await callApi<Comparison>(urlOf(command), 'GET', pathOf(id, 'compare'), { query: { version, against } });
        print(command, answer, () => comparisonText(answer));
      },
    );
    documents
      .command('new')
      .description('print a commented document to start from')
      .addArgument(new Argument('<kind>', 'which one').choices(readdirSync(starting).map((file) => basename(file, '.yaml'))))
      .action((kind: string) => terminal.out(readFileSync(join(starting, `${kind}.yaml`), 'utf8')));
    documents
      .command('schema')
      .description('print the JSON Schema of the document, for editors')
      .action(async (_: unknown, command: Command) => {
        const answer = await callApi<{ schema: object }>(urlOf(command), 'GET', `/v1/schemas/${schema}`);
        terminal.out(`${JSON.stringify(answer.schema, null, 2)}\n`);
      });
  };
}

/** The document that a text says it is; what is wrong with one that says none, the API tells. */
function idIn(text: string, member: string): string {
  const named: unknown = parseDocument(text).get(member);
  return typeof named === 'string' && /^[\w.-]{1,64}$/.test(named) ? named : 'standard';
}

function rowOf({ id, inUse, live, versions }: DocumentItem): Cell[] {
  const drafts = versions.filter(({ published }) => !published).map(({ version }) => version);
  return [id, inUse ? 'in use' : '', live?.version, live?.ofSettings ? 'of the settings' : live?.publishedAt, drafts.join(', ')];
}

function historyText(word: string, item: DocumentItem): string {
  const drafts = item.versions.map(({ version, draftedAt, published }): Cell[] => [draftedAt, version, published ? 'published' : 'draft']);
  const rows = item.published.map((one): Cell[] => [
    one.publishedAt,
    one.version,
    one.rollbackTo === undefined ? '' : `back to that of ${one.rollbackTo}`,
    one.position,
  ]);
  return (
    factsText([
      [word, item.id],
      ['live', item.live?.ofSettings ? `${item.live.version}, of the settings` : item.live?.version],
    ]) +
    tableText(['drafted', 'version', ''], drafts) +
    tableText(['published', 'version', 'rollback', 'position'], rows)
  );
}

function comparisonText({ id, version, against, differences }: Comparison): string {
  if (differences.length === 0)
    return `${id}: ${version === against ? `there is nothing to compare ${version} with` : `${against} and ${version} say the same`}\n`;
  return tableText(
    ['place', `in ${against}`, `in ${version}`],
    differences.map(({ path, before, after }) => [path || 'all of it', valueText(before), valueText(after)]),
  );
}

const valueText = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
