import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument } from '@leadlog/documents';
import type { Words } from '@leadlog/lead';
import { DURATION_EXAMPLES, parseDuration, type Duration } from '@leadlog/organisation';
import { ConditionParser, type Condition } from '@leadlog/where';
import { kpiNames } from '../kpis/kpis';
import { ENTRY_MOMENTS, EXIT_MOMENTS } from './moments';
import { FLOW_KINDS, type FlowItem, type GiveUp, type NextRule, type SalesProcess, type Stage } from './process';
import { fieldOfSituation, SITUATION_FIELDS } from './situation';
import { GIVE_UP_VERBS, RULE_VERBS, verbs } from './verbs';

export const MOST_STAGES = 20;
export const MOST_RULES_OF_A_STAGE = 20;
export const MOST_FLOW_ITEMS = 50;
const LONGEST_WORDS = 500;

/** A sales process from its text (YAML or JSON). Throws InvalidDocument, which names `file`, line and column of all problems. */
export const parseProcess = (text: string, file = 'process'): SalesProcess => readProcess(text, file).process;

/** The same, also from the content of a document as data; with the document that was read. */
export function readProcess(
  content: string | object,
  file: string,
  { published = false } = {},
): { process: SalesProcess; document: YamlDocument } {
  const document = new YamlDocument(file, content, 'process', LONGEST_DOCUMENT);
  const process = new ProcessParser(document, published).process();
  document.finish();
  return { process, document };
}

class ProcessParser {
  private readonly conditions: ConditionParser;
  private readonly stageIds = new Set<string>();
  private readonly flowIds = new Set<string>();

  constructor(
    private readonly document: YamlDocument,
    published: boolean,
  ) {
    this.conditions = new ConditionParser(document, { document: 'process', published, lists: true });
  }

  process(): SalesProcess {
    const { document } = this;
    const members = document.members(document.root, 'process', ['process', 'stages'], ['process', 'stages']);
    const process = this.id(members.get('process'), 'process') ?? '';
    const node = members.get('stages');
    const items = node === undefined ? [] : document.items(node, 'stages');
    if (node && isSeq(node) && (items.length === 0 || items.length > MOST_STAGES))
      document.wrong(node, `stages: expected 1 to ${MOST_STAGES} stages, got ${items.length}`);
    return { process, stages: items.slice(0, MOST_STAGES).map((item) => this.stage(item)) };
  }

  private stage(node: Node): Stage {
    const { document } = this;
    const id = isMap(node) ? this.id(node.get('id', true) as Node | undefined, 'stage: id') : undefined;
    const what = `stage ${short(id ?? '')}`.trimEnd();
    const members = document.members(
      node,
      what,
      ['id', 'name', 'purpose', 'entry', 'exit', 'kpis', 'next', 'giveUp', 'flow'],
      ['id', 'name', 'purpose', 'entry'],
    );
    if (id !== undefined && this.stageIds.has(id)) document.wrong(members.get('id'), `${what}: expected each id once, got it again`);
    if (id !== undefined) this.stageIds.add(id);
    const giveUp = members.get('giveUp');
    return {
      id: id ?? '',
      name: this.words(members.get('name'), `${what}: name`),
      purpose: this.words(members.get('purpose'), `${what}: purpose`),
      entry: this.names(members.get('entry'), `${what}: entry`, ENTRY_MOMENTS),
      exit: this.names(members.get('exit'), `${what}: exit`, EXIT_MOMENTS),
      kpis: this.names(members.get('kpis'), `${what}: kpis`, kpiNames),
      next: this.rules(members.get('next'), what),
      ...(giveUp && { giveUp: this.giveUp(giveUp, `${what}: giveUp`) }),
      ...(members.has('flow') && { flow: this.flow(members.get('flow'), `${what}: flow`) }),
    };
  }

  private flow(node: Node | undefined, what: string): FlowItem[] {
    const { document } = this;
    const items = document.items(node, what);
    if (items.length > MOST_FLOW_ITEMS) document.wrong(node, `${what}: expected at most ${MOST_FLOW_ITEMS} items, got ${items.length}`);
    return items.slice(0, MOST_FLOW_ITEMS).map((item, place) => {
      const about = `${what} ${place + 1}`;
      const members = document.members(item, about, ['id', 'kind', 'required', 'text'], ['id', 'kind', 'text']);
      const id = this.id(members.get('id'), `${about}: id`) ?? '';
      if (id !== '' && this.flowIds.has(id))
        document.wrong(members.get('id'), `${about}: expected each id once in a process, got ${id} again`);
      this.flowIds.add(id);
      const required = members.get('required');
      if (required && !(isScalar(required) && typeof required.value === 'boolean'))
        document.wrong(required, `${about}: required: expected true or false, got ${shown(required)}`);
      return {
        id,
        kind: this.name(members.get('kind'), `${about}: kind`, FLOW_KINDS) ?? 'ask',
        required: isScalar(required) && required.value === true,
        text: this.words(members.get('text'), `${about}: text`),
      };
    });
  }

  private rules(node: Node | undefined, stage: string): NextRule[] {
    if (node === undefined) return [];
    const items = this.document.items(node, `${stage}: next`);
    if (items.length > MOST_RULES_OF_A_STAGE)
      this.document.wrong(node, `${stage}: next: expected at most ${MOST_RULES_OF_A_STAGE} rules, got ${items.length}`);
    return items.slice(0, MOST_RULES_OF_A_STAGE).map((item, place) => this.rule(item, `${stage}: next ${place + 1}`));
  }

  private rule(node: Node, what: string): NextRule {
    const { document } = this;
    const members = document.members(node, what, ['do', 'after', 'within', 'at', 'when', 'because'], ['do', 'within', 'because']);
    const verb = this.name(members.get('do'), `${what}: do`, RULE_VERBS);
    const after = this.name(members.get('after'), `${what}: after`, ENTRY_MOMENTS);
    const at = members.get('at');
    if (at && !(isScalar(at) && at.value === 'best-hour')) document.wrong(at, `${what}: at: expected best-hour, got ${shown(at)}`);
    const when = members.get('when');
    const conditions: Condition[] = when ? this.conditions.conditions(when, `${what}: when`, fieldNamed) : [];
    if (!when && after === undefined && verb !== undefined && verbs[verb].done === undefined)
      document.wrong(
        members.get('do'),
        `${what}: do: expected when or after with ${verb}, because nothing that is recorded says that it was done`,
      );
    return {
      do: verb ?? 'follow-up',
      ...(after !== undefined && { after }),
      within: this.duration(members.get('within'), `${what}: within`),
      bestHour: at !== undefined,
      when: conditions,
      because: this.words(members.get('because'), `${what}: because`),
      line: document.lineOf(node),
    };
  }

  private giveUp(node: Node, what: string): GiveUp {
    const { document } = this;
    const members = document.members(node, what, ['after', 'then', 'because'], ['after', 'then', 'because']);
    const after = members.get('after');
    const thresholds = after ? document.members(after, `${what}: after`, ['calls', 'days']) : new Map<string, Node>();
    if (after && isMap(after) && thresholds.size === 0) document.wrong(after, `${what}: after: expected calls or days, got neither`);
    const [calls, days] = ['calls', 'days'].map((name) =>
      document.number(
        thresholds.get(name),
        `${what}: after: ${name}`,
        'a whole number from 1 to 1000',
        (value) => Number.isInteger(value) && value >= 1 && value <= 1_000,
      ),
    );
    return {
      ...(calls !== undefined && { calls }),
      ...(days !== undefined && { days }),
      then: this.name(members.get('then'), `${what}: then`, GIVE_UP_VERBS) ?? 'return',
      because: this.words(members.get('because'), `${what}: because`),
      line: document.lineOf(node),
    };
  }

  private duration(node: Node | undefined, what: string): Duration {
    const read = isScalar(node) && typeof node.value === 'string' ? parseDuration(node.value) : undefined;
    if (node !== undefined && read === undefined)
      this.document.wrong(node, `${what}: expected a duration such as ${DURATION_EXAMPLES}, got ${shown(node)}`);
    return read ?? { ms: 0 };
  }

  /** One name, or a list of them. */
  private names<Name extends string>(node: Node | undefined, what: string, known: readonly Name[]): Name[] {
    if (node === undefined) return [];
    const nodes = isSeq(node) ? (node.items as Node[]) : [node];
    if (nodes.length === 0) this.document.wrong(node, `${what}: expected at least one name, got none`);
    return nodes.flatMap((one) => this.name(one, what, known) ?? []);
  }

  private name<Name extends string>(node: Node | undefined, what: string, known: readonly Name[]): Name | undefined {
    const text = this.document.text(node, what);
    const name = known.find((each) => each === text);
    if (text !== undefined && name === undefined) this.document.wrong(node, `${what}: ${unknownName(text, known)}`);
    return name;
  }

  /** `{ ja, en }`; one text, or one language, stands for both. */
  private words(node: Node | undefined, what: string): Words {
    if (node === undefined) return { ja: '', en: '' };
    if (!isMap(node)) {
      const text = this.short(node, what) ?? '';
      return { ja: text, en: text };
    }
    const members = this.document.members(node, what, ['ja', 'en']);
    if (members.size === 0) this.document.wrong(node, `${what}: expected ja or en, got neither`);
    const [ja, en] = ['ja', 'en'].map((language) => this.short(members.get(language), `${what}: ${language}`));
    return { ja: ja ?? en ?? '', en: en ?? ja ?? '' };
  }

  private short(node: Node | undefined, what: string): string | undefined {
    const text = this.document.text(node, what);
    if (text !== undefined && text.length > LONGEST_WORDS)
      this.document.wrong(node, `${what}: expected at most ${LONGEST_WORDS} characters, got ${text.length}`);
    return text;
  }

  private id(node: Node | undefined, what: string): string | undefined {
    const text = this.document.text(node, what);
    if (text === undefined || /^[A-Za-z0-9][\w.-]{0,63}$/.test(text)) return text;
    return this.document.wrong(node, `${what}: expected a name of letters, digits, "-", "_" or ".", got ${JSON.stringify(short(text))}`);
  }
}

const fieldNamed = (name: string) => fieldOfSituation(name) ?? unknownName(name, SITUATION_FIELDS);
