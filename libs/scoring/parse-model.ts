import { catalogue, eventTypes, isTimezone, type Profile } from '@leadlog/lead';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { ModelDocument, shown, unknownName } from './model-document';
import type { Axis, Cap, EventRule, ProfileRule, Rule, ScoringModel, TierRule } from './model';
import { OPERATORS, regexProblem, type Condition, type Operator, type Scalar } from './where';

const PROFILE_FIELDS: readonly (keyof Profile)[] = ['name', 'email', 'phone', 'company', 'department', 'title', 'industry', 'employees'];
const METADATA_FIELDS = ['source', 'sourceId', 'initiator', 'actor', 'correlationId', 'causationId', 'occurredAt', 'schemaVersion'];
const DAY = 86_400_000;
/** So that exact sums of any history fit. */
const MOST_POINTS = 1_000_000;

/** A scoring model from its YAML (or JSON) text. Throws InvalidModel, which names `file`, line and column of all problems. */
export function parseModel(text: string, file = 'model'): ScoringModel {
  const document = new ModelDocument(file, text);
  const model = new ModelParser(document).model();
  document.finish();
  return model;
}

class ModelParser {
  private readonly ruleIds = new Set<string>();

  constructor(private readonly document: ModelDocument) {}

  model(): ScoringModel {
    const { document } = this;
    const members = document.members(document.root, 'model', ['model', 'timezone', 'axes', 'account', 'tiers'], ['model', 'axes', 'tiers']);
    const name = document.text(members.get('model'), 'model');
    if (name !== undefined && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
      document.wrong(members.get('model'), `model: expected a name of letters, digits, "-", "_" or ".", got ${JSON.stringify(name)}`);
    }
    const timezone = document.text(members.get('timezone'), 'timezone') ?? 'Asia/Tokyo';
    if (!isTimezone(timezone)) document.wrong(members.get('timezone'), `timezone: expected an IANA time zone such as Asia/Tokyo, got ${JSON.stringify(timezone)}`);
    const axes = members.has('axes') ? [...document.entries(members.get('axes'), 'axes')].map(([axis, [, node]]) => this.axis(axis, node)) : [];
    return {
      model: name ?? '',
      timezone,
      axes,
      ...(members.has('account') && { account: this.account(members.get('account'), axes) }),
      tiers: members.has('tiers') ? this.tiers(members.get('tiers'), axes) : {},
    };
  }

  private axis(name: string, node: Node | null): Axis {
    const what = `axis ${name}`;
    const { document } = this;
    const members = document.members(node, what, ['cap', 'floor', 'rules'], ['rules']);
    const floor = document.number(members.get('floor'), `${what}: floor`, 'a number of points', () => true) ?? 0;
    const cap = document.number(members.get('cap'), `${what}: cap`, `a number above the floor (${floor})`, (value) => value > floor);
    const rules = members.has('rules') ? document.items(members.get('rules'), `${what}: rules`).map((rule) => this.rule(rule, what)) : [];
    return { name, ...(cap !== undefined && { cap }), floor, rules };
  }

  private rule(node: Node, axis: string): Rule {
    const { document } = this;
    const id = isMap(node) ? document.text(node.get('id', true) as Node | undefined, `${axis}: id`) : undefined;
    const what = id === undefined ? `${axis}: rule` : `rule ${id}`;
    const ofProfile = isMap(node) && node.has('profile');
    const known = ofProfile ? ['id', 'profile', 'points'] : ['id', 'on', 'where', 'points', 'halfLife', 'cap'];
    const members = document.members(node, what, known, ['id', ofProfile ? 'profile' : 'on', 'points']);
    if (id !== undefined && this.ruleIds.has(id)) document.wrong(members.get('id'), `${what}: expected an id of its own, but another rule has it already`);
    if (id !== undefined) this.ruleIds.add(id);
    const points = document.number(members.get('points'), `${what}: points`, `a number of points from -${MOST_POINTS} to ${MOST_POINTS}`, (value) => Math.abs(value) <= MOST_POINTS) ?? 0;
    if (ofProfile) {
      const rule: ProfileRule = { id: id ?? '', profile: this.conditions(members.get('profile'), what, (path) => this.profileField(path)), points };
      return rule;
    }
    const on = this.eventType(members.get('on'), what);
    const halfLife = document.duration(members.get('halfLife'), `${what}: halfLife`);
    const rule: EventRule = {
      id: id ?? '',
      on,
      where: members.has('where') ? this.conditions(members.get('where'), what, (path) => this.eventField(path, on)) : [],
      points,
      ...(halfLife !== undefined && { halfLife }),
      ...(members.has('cap') && { cap: this.cap(members.get('cap'), what) }),
    };
    return rule;
  }

  private eventType(node: Node | undefined, what: string): string {
    const on = this.document.text(node, `${what}: on`);
    if (on === undefined) return '';
    const definition = catalogue.get(on);
    if (!definition) this.document.wrong(node, `${what}: ${unknownEvent(on)}`);
    else if (!('leadId' in (definition.jsonSchema['properties'] as object))) this.document.wrong(node, `${what}: expected an event about a lead, but ${on} is about none`);
    else if (on === 'LeadTierChanged') this.document.wrong(node, `${what}: expected a fact, but LeadTierChanged is made from the score itself`);
    return on;
  }

  private cap(node: Node | undefined, what: string): Cap {
    const members = this.document.members(node, `${what}: cap`, ['times', 'per'], ['times', 'per']);
    const times = this.document.number(members.get('times'), `${what}: cap.times`, 'a whole number from 1 to 1000', (value) => Number.isInteger(value) && value >= 1 && value <= 1_000) ?? 1;
    const per = this.document.duration(members.get('per'), `${what}: cap.per`) ?? DAY;
    return { times, per: per % DAY === 0 ? { days: per / DAY } : { ms: per } };
  }

  private conditions(node: Node | undefined, what: string, problemOf: (path: string) => string | undefined): Condition[] {
    const conditions: Condition[] = [];
    for (const [path, [key, value]] of this.document.entries(node, `${what}: conditions`)) {
      const problem = problemOf(path);
      if (problem) this.document.wrong(key, `${what}: ${problem}`);
      if (isMap(value)) conditions.push(...this.operators(path, value, `${what}: ${path}`));
      else conditions.push({ path, operator: '$eq', value: this.scalar(value, `${what}: ${path}`) });
    }
    return conditions;
  }

  private operators(path: string, node: Node, what: string): Condition[] {
    const entries = this.document.entries(node, what);
    const fallback = entries.get('$default');
    const whenAbsent = fallback && this.scalar(fallback[1], `${what}: $default`);
    const conditions: Condition[] = [];
    for (const [name, [key, value]] of entries) {
      if (name === '$default') continue;
      const operator = OPERATORS.find((one) => one === name);
      if (!operator) this.document.wrong(key, `${what}: ${unknownName(name, [...OPERATORS, '$default'])}`);
      else conditions.push({ path, operator, value: this.operand(operator, value, `${what}: ${operator}`), ...(whenAbsent !== undefined && { default: whenAbsent }) });
    }
    if (conditions.length === 0) this.document.wrong(node, `${what}: expected an operator (${OPERATORS.join(', ')}), got none`);
    return conditions;
  }

  private operand(operator: Operator, node: Node | null, what: string): Condition['value'] {
    if (operator === '$in') {
      if (!isSeq(node) || node.items.length === 0) {
        this.document.wrong(node, `${what}: expected a list of values, got ${shown(node)}`);
        return [];
      }
      return (node.items as Node[]).map((item) => this.scalar(item, what));
    }
    const value = this.scalar(node, what);
    if (operator === '$exists' && typeof value !== 'boolean') this.document.wrong(node, `${what}: expected true or false, got ${shown(node)}`);
    if (/^\$[gl]te?$/.test(operator) && typeof value === 'boolean') this.document.wrong(node, `${what}: expected a number or a text to compare with, got ${shown(node)}`);
    if (operator === '$regex') {
      const problem = typeof value === 'string' ? regexProblem(value) : `a regular expression, got ${shown(node)}`;
      if (problem) this.document.wrong(node, `${what}: expected ${problem}`);
    }
    return value;
  }

  private scalar(node: Node | null | undefined, what: string): Scalar {
    if (isScalar(node) && (typeof node.value === 'string' || typeof node.value === 'number' || typeof node.value === 'boolean')) return node.value;
    this.document.wrong(node, `${what}: expected a text, a number, true or false, got ${shown(node)}`);
    return '';
  }

  private eventField(path: string, on: string): string | undefined {
    const [root, field, ...rest] = path.split('.');
    if ((root !== 'data' && root !== 'metadata') || !field || rest.includes('')) return `expected a path such as data.kind or metadata.source, got ${JSON.stringify(path)}`;
    const definition = catalogue.get(on);
    if (!definition) return undefined;
    const known = root === 'data' ? Object.keys(definition.jsonSchema['properties'] as object) : METADATA_FIELDS;
    return known.includes(field) ? undefined : `in ${root} of ${on} ${unknownName(field, known)}`;
  }

  private profileField(field: string): string | undefined {
    return PROFILE_FIELDS.some((known) => known === field) ? undefined : `in a profile ${unknownName(field, PROFILE_FIELDS)}`;
  }

  private account(node: Node | undefined, axes: readonly Axis[]): ScoringModel['account'] {
    const members = this.document.members(node, 'account', ['axis', 'top', 'breadth'], ['axis', 'top', 'breadth']);
    const axis = this.document.text(members.get('axis'), 'account: axis') ?? '';
    if (axis !== '') this.knownAxis(members.get('axis'), axis, 'account', axes);
    const top = this.document.number(members.get('top'), 'account: top', 'a whole number of people from 1', (value) => Number.isInteger(value) && value >= 1) ?? 1;
    const breadth = this.document.number(members.get('breadth'), 'account: breadth', 'a number of points', () => true) ?? 0;
    return { axis, top, breadth };
  }

  private tiers(node: Node | undefined, axes: readonly Axis[]): ScoringModel['tiers'] {
    const members = this.document.members(node, 'tiers', ['hot', 'warm']);
    const tiers: ScoringModel['tiers'] = {};
    for (const tier of ['hot', 'warm'] as const) if (members.has(tier)) tiers[tier] = this.tier(tier, members.get(tier), axes);
    for (const [axis, reached] of Object.entries(tiers.warm?.enter ?? {})) {
      const hot = tiers.hot?.enter[axis];
      if (hot !== undefined && hot < reached) this.document.wrong(members.get('hot'), `hot: expected ${axis} to enter at ${reached} or more, as warm does, got ${hot}`);
    }
    return tiers;
  }

  private tier(tier: 'hot' | 'warm', node: Node | undefined, axes: readonly Axis[]): TierRule {
    const members = this.document.members(node, tier, ['enter', 'leave', 'dwell'], ['enter']);
    const enter = this.thresholds(members.get('enter'), `${tier}: enter`, axes);
    if (members.has('enter') && Object.keys(enter).length === 0) this.document.wrong(members.get('enter'), `${tier}: enter: expected at least one axis, got none`);
    const leave = members.has('leave') ? this.thresholds(members.get('leave'), `${tier}: leave`, axes) : { ...enter };
    for (const [axis, points] of Object.entries(leave)) {
      if (enter[axis] === undefined) this.document.wrong(members.get('leave'), `${tier}: leave: expected only axes that enter names, got ${axis}`);
      else if (points > enter[axis]) this.document.wrong(members.get('leave'), `${tier}: leave: expected ${axis} at ${enter[axis]} (enter) or below, got ${points}`);
    }
    return { enter, leave, dwell: this.document.duration(members.get('dwell'), `${tier}: dwell`) ?? 0 };
  }

  private thresholds(node: Node | undefined, what: string, axes: readonly Axis[]): Record<string, number> {
    const thresholds: Record<string, number> = {};
    if (node === undefined) return thresholds;
    for (const [axis, [key, value]] of this.document.entries(node, what)) {
      const known = this.knownAxis(key, axis, what, axes);
      const cap = known?.cap ?? Number.MAX_VALUE;
      const points = this.document.number(value ?? undefined, `${what}: ${axis}`, known?.cap === undefined ? 'a number of points' : `at most the cap of the axis (${cap})`, (number) => number <= cap);
      if (points !== undefined) thresholds[axis] = points;
    }
    return thresholds;
  }

  private knownAxis(node: Node | undefined, name: string, what: string, axes: readonly Axis[]): Axis | undefined {
    const found = axes.find((axis) => axis.name === name);
    if (!found) this.document.wrong(node, `${what}: ${unknownName(name, axes.map((axis) => axis.name))}`);
    return found;
  }
}

function unknownEvent(name: string): string {
  const known = eventTypes as readonly string[];
  return unknownName(name, known).replace(/ \(known: .*\)$/, ' (leadlog schemas lists them all)');
}
