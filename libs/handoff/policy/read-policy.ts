import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { keptOf, LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument, type DocumentKind } from '@leadlog/documents';
import { ID_PATTERN, unstorable } from '@leadlog/events';
import { wrongPartOf } from '../webhooks/webhook-jobs';
import { DURATION_EXAMPLES, parseDuration, type Duration } from '@leadlog/organisation';
import type { Escalation, HandoffPolicy, Refused } from './policy';
import { POLICY_SCHEMA } from './policy-schema';

const REFUSED: readonly Refused[] = ['withhold', 'warn'];
/** As the event of a breach names them. */
const MOST_TOLD = 20;
const MOST_IMPORTED_A_DAY = 1_000;
const ID = new RegExp(ID_PATTERN, 'u');

/** A policy from its text (YAML or JSON). Throws InvalidDocument, which names `file`, line and column of all problems. */
export const parsePolicy = (text: string, file = 'policy'): HandoffPolicy => readPolicy(text, file).policy;

/** Policies as documents that are stored. The id of one that states no name is that of the request. */
export const policyKind: DocumentKind<HandoffPolicy> = {
  name: 'handoff-policy',
  noun: 'handoff policy',
  drafted: 'HandoffPolicyDrafted',
  published: 'HandoffPolicyPublished',
  category: 'policy',
  subject: 'policyId',
  by: 'policies',
  schema: POLICY_SCHEMA,
  read: (text, file, id) => {
    const { document, name } = readPolicy(text, file);
    if (id !== undefined && name !== undefined && name !== id) {
      const [, node] = document.entries(document.root, 'policy').get('policy')!;
      document.wrong(node, `policy: expected ${id}, the requested policy, got ${short(name)}`);
      document.finish();
    }
    return { ...keptOf(document, text, (definition) => readPolicy(definition, file).policy), id: id ?? name };
  },
  contentOf: ({ definition }, name) => readPolicy(definition, name).policy,
};

function readPolicy(content: string | object, file: string): { document: YamlDocument; name?: string; policy: HandoffPolicy } {
  const document = new YamlDocument(file, content, 'policy', LONGEST_DOCUMENT);
  const members = document.members(
    document.root,
    'policy',
    ['policy', 'reps', 'sla', 'escalation', 'destinations', 'consent', 'returns', 'imports'],
    ['sla'],
  );
  const reader = new PolicyReader(document);
  const name = document.text(members.get('policy'), 'policy');
  const destinations = reader.destinations(members.get('destinations'));
  const policy: HandoffPolicy = {
    reps: reader.reps(members.get('reps')),
    sla: reader.sla(members.get('sla')),
    destinations,
    escalation: reader.escalation(
      members.get('escalation'),
      destinations.map((one) => one.name),
    ),
    consent: reader.consent(members.get('consent')),
    returns: reader.returns(members.get('returns')),
    imports: reader.imports(members.get('imports')),
  };
  document.finish();
  return { document, name, policy };
}

class PolicyReader {
  constructor(private readonly document: YamlDocument) {}

  reps(node: Node | undefined): HandoffPolicy['reps'] {
    if (node === undefined) return [];
    const seen = new Set<string>();
    const reps = this.document.items(node, 'reps').map((item) => {
      const members = this.document.members(item, 'reps', ['id', 'team', 'weight'], ['id', 'team']);
      const id = this.id(members.get('id'), 'reps: id');
      const what = `rep ${short(id)}`;
      if (id !== '' && seen.has(id)) this.document.wrong(members.get('id'), `reps: expected each id once, got ${short(id)} again`);
      seen.add(id);
      return {
        id,
        team: this.id(members.get('team'), `${what}: team`),
        weight: this.document.number(members.get('weight'), `${what}: weight`, 'a number above 0', (weight) => weight > 0) ?? 1,
      };
    });
    if (isSeq(node) && reps.length === 0) this.document.wrong(node, 'reps: expected at least one, got none');
    return reps;
  }

  /** As it may stand in the events that assign a lead, and in the answers of whoever gets it. */
  private id(node: Node | undefined, what: string): string {
    const id = this.document.text(node, what) ?? '';
    if (id !== '' && (!ID.test(id) || unstorable(id).length > 0))
      this.document.wrong(
        node,
        `${what}: expected 1 to 128 characters without white space, control characters and |, and not . or .., got ${short(id)}`,
      );
    return id;
  }

  sla(node: Node | undefined): HandoffPolicy['sla'] {
    if (node === undefined) return { accept: { ms: 0 }, contact: { ms: 0 } };
    const members = this.document.members(node, 'sla', ['accept', 'contact'], ['accept', 'contact']);
    return {
      accept: this.duration(members.get('accept'), 'sla: accept'),
      contact: this.duration(members.get('contact'), 'sla: contact'),
    };
  }

  private duration(node: Node | undefined, what: string): Duration {
    const duration = isScalar(node) && typeof node.value === 'string' ? parseDuration(node.value) : undefined;
    if (node !== undefined && !duration)
      this.document.wrong(node, `${what}: expected a duration such as ${DURATION_EXAMPLES}, got ${shown(node)}`);
    return duration ?? { ms: 0 };
  }

  escalation(node: Node | undefined, destinations: readonly string[]): HandoffPolicy['escalation'] {
    if (node === undefined) return {};
    const steps = this.document.members(node, 'escalation', ['accept', 'contact']);
    return Object.fromEntries([...steps].map(([step, value]) => [step, this.escalationOf(value, `escalation: ${step}`, destinations)]));
  }

  private escalationOf(node: Node, what: string, destinations: readonly string[]): Escalation {
    const members = this.document.members(node, what, ['notify', 'reassign']);
    const named = members.has('notify') ? this.document.items(members.get('notify'), `${what}: notify`) : [];
    if (named.length > MOST_TOLD)
      this.document.wrong(members.get('notify'), `${what}: notify: expected at most ${MOST_TOLD}, got ${named.length}`);
    const notify = named.flatMap((item) => {
      const name = this.document.text(item, `${what}: notify`);
      if (name !== undefined && !destinations.includes(name))
        this.document.wrong(item, `${what}: notify: ${unknownName(name, destinations)}`);
      return name ?? [];
    });
    const reassign = this.document.text(members.get('reassign'), `${what}: reassign`);
    if (reassign !== undefined && reassign !== 'next')
      this.document.wrong(members.get('reassign'), `${what}: reassign: expected next, or nothing, got ${shown(members.get('reassign'))}`);
    return { notify: [...new Set(notify)], reassign: reassign === 'next' };
  }

  destinations(node: Node | undefined): HandoffPolicy['destinations'] {
    if (node === undefined) return [];
    const seen = new Set<string>();
    return this.document.items(node, 'destinations').map((item) => {
      const names = ['name', 'url', 'secretEnv'];
      const members = this.document.members(item, 'destinations', names, names);
      const [name = '', url = '', secretEnv = ''] = names.map((member) =>
        this.document.text(members.get(member), `destinations: ${member}`),
      );
      const wrong = name !== '' && url !== '' ? wrongPartOf({ name, url }) : undefined;
      if (wrong) this.document.wrong(members.get(wrong.part), `destinations: ${wrong.message}`);
      if (name !== '' && seen.has(name))
        this.document.wrong(members.get('name'), `destinations: expected each name once, got ${short(name)} again`);
      seen.add(name);
      return { name, url, secretEnv };
    });
  }

  /** For all channels, or by channel. */
  consent(node: Node | undefined): HandoffPolicy['consent'] {
    if (node === undefined) return 'warn';
    if (!isMap(node)) return this.refused(node, 'consent');
    const channels = [...this.document.entries(node, 'consent')];
    if (channels.length === 0) this.document.wrong(node, 'consent: expected at least one channel, got none');
    return Object.fromEntries(channels.map(([channel, [, value]]) => [channel, this.refused(value, `consent: ${short(channel)}`)]));
  }

  returns(node: Node | undefined): HandoffPolicy['returns'] {
    if (node === undefined) return {};
    const members = this.document.members(node, 'returns', ['pause'], ['pause']);
    return { pause: this.duration(members.get('pause'), 'returns: pause') };
  }

  imports(node: Node | undefined): HandoffPolicy['imports'] {
    if (node === undefined) return { perDay: 20 };
    const members = this.document.members(node, 'imports', ['perDay'], ['perDay']);
    const fits = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= MOST_IMPORTED_A_DAY;
    const expected = `a whole number from 1 to ${MOST_IMPORTED_A_DAY}`;
    return { perDay: this.document.number(members.get('perDay'), 'imports: perDay', expected, fits) ?? 1 };
  }

  private refused(node: Node | null, what: string): Refused {
    const found = isScalar(node) ? REFUSED.find((one) => one === node.value) : undefined;
    if (!found) this.document.wrong(node, `${what}: expected ${REFUSED.join(' or ')}, got ${shown(node)}`);
    return found ?? 'warn';
  }
}
