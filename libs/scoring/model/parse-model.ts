import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { LONGEST_DOCUMENT, short, shown, unknownName, YamlDocument } from '@leadlog/documents';
import { ACCOUNT_ROLES, catalogue, eventTypes, leadCorrections } from '@leadlog/events';
import type { LeadRole } from '@leadlog/lead';
import { isTimezone } from '@leadlog/time';
import type { Axis, Cap, EventRule, ProfileRule, Rule, ScoringModel, TierRule } from './model';
import { boundsOf, SIGNS, type PointBounds } from './point-bounds';
import { RuleConditions } from './rule-conditions';

const DAY = 86_400_000;
/** So that sums of any history stay exact, and rounding is negligible. */
const MOST_POINTS = 1_000_000;
const LEAST_POINTS = 0.01;
// These bound the cost of an event for any model: rules are tried one by one, and crossings take time by the number of half-lives.
export const MOST_RULES = 500;
export const MOST_HALF_LIVES = 12;
const MOST_AXES = 12;
const MOST_ALTERNATIVES = 10;
/** As decisions name the rules that caused them. */
const LONGEST_ID = 100;

/** A scoring model from its text (YAML or JSON). Throws InvalidDocument, which names `file`, line and column of all problems. */
export const parseModel = (text: string, file = 'model'): ScoringModel => readModel(text, file).model;

/**
 * The same from the content of a document as data. A published model counts as it is, even if the present program would refuse it
 * from its author.
 */
export const modelOfDefinition = (definition: object, name: string): ScoringModel => readModel(definition, name, { published: true }).model;

/**
 * The same, with the document that was read, and what it says of suggested points, which is no part of the model. `former`: it was written
 * before there were traits, so conditions on personal fields are read by traits and not refused.
 */
export function readModel(
  content: string | object,
  file: string,
  { published = false, former = published }: { published?: boolean; former?: boolean } = {},
): { model: ScoringModel; document: YamlDocument; bounds: ReadonlyMap<string, PointBounds> } {
  const document = new YamlDocument(file, content, 'model', LONGEST_DOCUMENT);
  const parser = new ModelParser(document, published, former);
  const model = parser.model();
  document.finish();
  return { model, document, bounds: parser.bounds };
}

class ModelParser {
  /** By id of a rule. */
  readonly bounds = new Map<string, PointBounds>();
  private readonly ruleIds = new Set<string>();
  private readonly halfLives = new Set<number>();
  private ruleCount = 0;
  private readonly conditions: RuleConditions;

  constructor(
    private readonly document: YamlDocument,
    private readonly published: boolean,
    former: boolean,
  ) {
    this.conditions = new RuleConditions(document, published, former);
  }

  model(): ScoringModel {
    const { document } = this;
    const members = document.members(document.root, 'model', ['model', 'timezone', 'axes', 'account', 'tiers'], ['model', 'axes', 'tiers']);
    const name = document.text(members.get('model'), 'model');
    if (name !== undefined && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
      document.wrong(
        members.get('model'),
        `model: expected a name of letters, digits, "-", "_" or ".", got ${JSON.stringify(short(name))}`,
      );
    }
    const timezone = document.text(members.get('timezone'), 'timezone');
    if (timezone !== undefined && !isTimezone(timezone))
      document.wrong(
        members.get('timezone'),
        `timezone: expected an IANA time zone such as Asia/Tokyo, got ${JSON.stringify(short(timezone))}`,
      );
    const axes = members.has('axes') ? this.axes(members.get('axes')) : [];
    return {
      model: name ?? '',
      ...(timezone !== undefined && { timezone }),
      axes,
      ...(members.has('account') && { account: this.account(members.get('account'), axes) }),
      tiers: members.has('tiers') ? this.tiers(members.get('tiers'), axes) : {},
    };
  }

  private axes(node: Node | undefined): Axis[] {
    const entries = [...this.document.entries(node, 'axes')];
    if (entries.length > MOST_AXES) this.document.wrong(node, `axes: expected at most ${MOST_AXES}, got ${entries.length}`);
    // What the rest would say is of no use, and every threshold looks through all of them.
    entries.splice(MOST_AXES);
    const axes = entries.map(([name, [key, value]]) => this.axis(name, key, value));
    const withRules = entries.filter(([, [, value]]) => isMap(value) && value.has('rules')).map(([name]) => name);
    for (const [name, [, value]] of entries) {
      if (!isMap(value) || !value.has('sum')) continue;
      for (const [of, [key]] of this.document.entries(value.get('sum', true) as Node | undefined, `axis ${name}: sum`)) {
        // So sums cannot be circular.
        if (!withRules.includes(of))
          this.document.wrong(key, `axis ${name}: sum: expected axes that have rules, ${unknownName(of, withRules)}`);
      }
    }
    return axes;
  }

  private axis(name: string, key: Node, node: Node | null): Axis {
    const what = `axis ${short(name)}`;
    const { document } = this;
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
      document.wrong(key, `${what}: expected a name of letters, digits, "-" or "_", got ${JSON.stringify(short(name))}`);
    const isSum = isMap(node) && node.has('sum');
    const members = document.members(node, what, ['cap', 'floor', isSum ? 'sum' : 'rules'], [isSum ? 'sum' : 'rules']);
    const floor = document.number(members.get('floor'), `${what}: floor`, 'a number of points', () => true) ?? 0;
    const cap = document.number(members.get('cap'), `${what}: cap`, `a number above the floor (${floor})`, (value) => value > floor);
    return {
      name,
      ...(cap !== undefined && { cap }),
      floor,
      ...(isSum ? { rules: [], sum: this.sum(members.get('sum'), what) } : { rules: this.rules(members.get('rules'), what) }),
    };
  }

  private sum(node: Node | undefined, what: string): Record<string, number> {
    const weights = [...this.document.entries(node, `${what}: sum`)].map(
      ([axis, [, value]]) =>
        [
          axis,
          this.document.number(
            value ?? undefined,
            `${what}: sum: ${axis}`,
            'a weight other than 0 and at most 1000',
            (weight) => weight !== 0 && Math.abs(weight) <= 1_000,
          ) ?? 1,
        ] as const,
    );
    if (weights.length === 0) this.document.wrong(node, `${what}: sum: expected at least one axis, got none`);
    return Object.fromEntries(weights);
  }

  private rules(node: Node | undefined, what: string): Rule[] {
    if (node === undefined) return [];
    const items = this.document.items(node, `${what}: rules`);
    this.ruleCount += items.length;
    if (this.ruleCount > MOST_RULES) {
      this.document.wrong(
        node,
        `${what}: expected at most ${MOST_RULES} rules in a model, got ${this.ruleCount}; combine values that give the same points into one rule with $in`,
      );
      return [];
    }
    return items.map((rule) => this.rule(rule, what));
  }

  private rule(node: Node, axis: string): Rule {
    const { document } = this;
    const id = isMap(node) ? document.text(node.get('id', true) as Node | undefined, `${axis}: id`) : undefined;
    const what = id === undefined ? `${axis}: rule` : `rule ${short(id)}`;
    if (id !== undefined && id.length > LONGEST_ID && !this.published)
      document.wrong(node, `${what}: expected an id of at most ${LONGEST_ID} characters, got ${id.length}`);
    const ofProfile = isMap(node) && node.has('profile');
    const known = ofProfile ? ['id', 'profile', 'points', 'suggest'] : ['id', 'on', 'where', 'points', 'halfLife', 'cap', 'suggest'];
    const members = document.members(node, what, known, ['id', ofProfile ? 'profile' : 'on', 'points']);
    if (id !== undefined && this.ruleIds.has(id))
      document.wrong(members.get('id'), `${what}: expected a unique id, but another rule already has it`);
    if (id !== undefined) this.ruleIds.add(id);
    const points = this.points(members.get('points'), `${what}: points`) ?? 0;
    if (id !== undefined) this.bounds.set(id, this.suggest(members.get('suggest'), `${what}: suggest`, points));
    if (ofProfile) {
      const rule: ProfileRule = { id: id ?? '', profile: this.conditions.ofProfile(members.get('profile'), what), points };
      return rule;
    }
    const on = this.eventType(members.get('on'), what);
    const halfLife = this.halfLife(members.get('halfLife'), what);
    const rule: EventRule = {
      id: id ?? '',
      on,
      where: members.has('where') ? this.conditions.ofEvent(members.get('where'), what, on) : [],
      points,
      ...(halfLife !== undefined && { halfLife }),
      ...(members.has('cap') && { cap: this.cap(members.get('cap'), what) }),
    };
    return rule;
  }

  private points(node: Node | undefined, what: string): number | undefined {
    return this.document.number(
      node,
      what,
      `a number of points from -${MOST_POINTS} to ${MOST_POINTS}, 0 or at least ${LEAST_POINTS} in absolute value`,
      (value) => value === 0 || (Math.abs(value) >= LEAST_POINTS && Math.abs(value) <= MOST_POINTS),
    );
  }

  private suggest(node: Node | undefined, what: string, points: number): PointBounds {
    if (node === undefined) return boundsOf(points, {});
    const { document } = this;
    const members = document.members(node, what, ['sign', 'min', 'max']);
    const text = document.text(members.get('sign'), `${what}: sign`);
    const sign = SIGNS.find((one) => one === text);
    if (text !== undefined && sign === undefined)
      document.wrong(members.get('sign'), `${what}: sign: expected ${SIGNS.join(', ')}, got ${JSON.stringify(short(text))}`);
    const min = this.points(members.get('min'), `${what}: min`);
    const max = this.points(members.get('max'), `${what}: max`);
    if (min !== undefined && max !== undefined && min > max)
      document.wrong(members.get('max'), `${what}: max: expected min (${min}) or more, got ${max}`);
    if (sign === 'positive' && min !== undefined && min < 0)
      document.wrong(members.get('min'), `${what}: min: expected 0 or more with sign: positive, got ${min}`);
    if (sign === 'positive' && max !== undefined && max < 0)
      document.wrong(members.get('max'), `${what}: max: expected 0 or more with sign: positive, got ${max}`);
    if (sign === 'negative' && max !== undefined && max > 0)
      document.wrong(members.get('max'), `${what}: max: expected 0 or less with sign: negative, got ${max}`);
    if (sign === 'negative' && min !== undefined && min > 0)
      document.wrong(members.get('min'), `${what}: min: expected 0 or less with sign: negative, got ${min}`);
    return boundsOf(points, { sign, min, max });
  }

  private eventType(node: Node | undefined, what: string): string {
    const on = this.document.text(node, `${what}: on`);
    if (on === undefined) return '';
    const definition = catalogue.get(on);
    if (!definition) this.document.wrong(node, `${what}: ${unknownEvent(on)}`);
    else if (!('leadId' in (definition.jsonSchema['properties'] as object)))
      this.document.wrong(node, `${what}: expected an event about a lead, but ${on} is not about a lead`);
    else if (leadCorrections.types.includes(on))
      this.document.wrong(node, `${what}: expected a fact, but ${on} corrects the past and is not a fact itself`);
    else if (on === 'LeadTierChanged')
      this.document.wrong(node, `${what}: expected a fact, but LeadTierChanged is derived from the score itself`);
    return on;
  }

  private halfLife(node: Node | undefined, what: string): number | undefined {
    if (isScalar(node) && (node.value === Infinity || node.value === 0)) {
      return this.document.wrong(
        node,
        `${what}: halfLife: expected a duration such as 7d, got ${shown(node)}; leave it out for points that never decay`,
      );
    }
    const halfLife = this.document.duration(node, `${what}: halfLife`);
    if (halfLife === undefined || this.halfLives.has(halfLife)) return halfLife;
    this.halfLives.add(halfLife);
    if (this.halfLives.size > MOST_HALF_LIVES)
      this.document.wrong(
        node,
        `${what}: halfLife: expected at most ${MOST_HALF_LIVES} different half-lives in a model, got one more; reuse one from another rule`,
      );
    return halfLife;
  }

  private cap(node: Node | undefined, what: string): Cap {
    const { document } = this;
    const members = document.members(node, `${what}: cap`, ['times', 'per', 'diminish'], ['times']);
    const times =
      document.number(
        members.get('times'),
        `${what}: cap.times`,
        'a whole number from 1 to 1000',
        (value) => Number.isInteger(value) && value >= 1 && value <= 1_000,
      ) ?? 1;
    const per = document.duration(members.get('per'), `${what}: cap.per`);
    const diminish = document.number(
      members.get('diminish'),
      `${what}: cap.diminish`,
      'the share that each further event gives of the one before, at least 0.1 and below 1',
      (value) => value >= 0.1 && value < 1,
    );
    return {
      times,
      ...(per !== undefined && { per: per % DAY === 0 ? { days: per / DAY } : { ms: per } }),
      ...(diminish !== undefined && { diminish }),
    };
  }

  private account(node: Node | undefined, axes: readonly Axis[]): ScoringModel['account'] {
    const members = this.document.members(node, 'account', ['axis', 'top', 'breadth', 'roles'], ['axis', 'top', 'breadth']);
    const axis = this.document.text(members.get('axis'), 'account: axis') ?? '';
    if (axis !== '') this.knownAxis(members.get('axis'), axis, 'account', axes);
    const top =
      this.document.number(
        members.get('top'),
        'account: top',
        'a whole number of people from 1',
        (value) => Number.isInteger(value) && value >= 1,
      ) ?? 1;
    const breadth = this.document.number(members.get('breadth'), 'account: breadth', 'a number of points', () => true) ?? 0;
    const roles = members.has('roles')
      ? this.document.items(members.get('roles'), 'account: roles').map((node) => this.role(node))
      : undefined;
    return { axis, top, breadth, ...(roles && { roles: roles.filter((role) => role !== undefined) }) };
  }

  private role(node: Node): LeadRole | undefined {
    const text = this.document.text(node, 'account: roles');
    const role = ACCOUNT_ROLES.find((one) => one === text && one !== 'unknown');
    if (text !== undefined && role === undefined)
      this.document.wrong(
        node,
        `account: roles: ${unknownName(
          text,
          ACCOUNT_ROLES.filter((one) => one !== 'unknown'),
        )}`,
      );
    return role;
  }

  private tiers(node: Node | undefined, axes: readonly Axis[]): ScoringModel['tiers'] {
    const members = this.document.members(node, 'tiers', ['hot', 'warm']);
    const tiers: ScoringModel['tiers'] = {};
    for (const tier of ['hot', 'warm'] as const) if (members.has(tier)) tiers[tier] = this.tier(tier, members.get(tier), axes);
    // Otherwise a lead would alternate between the two tiers.
    for (const hot of tiers.hot?.enter ?? []) {
      const easier = (tiers.warm?.enter ?? []).map((warm) =>
        Object.entries(warm).find(([axis, points]) => hot[axis] !== undefined && hot[axis] < points),
      );
      const [axis, points] = easier.length > 0 && easier.every((one) => one !== undefined) ? easier[0]! : [];
      if (axis !== undefined)
        this.document.wrong(members.get('hot'), `hot: expected ${axis} to enter at ${points} or more, as warm does, got ${hot[axis]}`);
    }
    return tiers;
  }

  private tier(tier: 'hot' | 'warm', node: Node | undefined, axes: readonly Axis[]): TierRule {
    const members = this.document.members(node, tier, ['enter', 'leave', 'dwell'], ['enter']);
    const enter = this.alternatives(members.get('enter'), `${tier}: enter`, axes);
    if (members.has('enter') && enter.some((one) => Object.keys(one).length === 0))
      this.document.wrong(members.get('enter'), `${tier}: enter: expected at least one axis, got none`);
    const leave = members.has('leave') ? this.alternatives(members.get('leave'), `${tier}: leave`, axes) : enter.map((one) => ({ ...one }));
    for (const entered of enter) {
      const problems = leave.map((kept) => leavesAtOnce(kept, entered));
      if (problems.length > 0 && problems.every((problem) => problem !== undefined))
        this.document.wrong(members.get('leave'), `${tier}: leave: ${problems[0]}`);
    }
    return { enter, leave, dwell: this.document.duration(members.get('dwell'), `${tier}: dwell`) ?? 0 };
  }

  /** One mapping of axes to points, or a list of such. */
  private alternatives(node: Node | undefined, what: string, axes: readonly Axis[]): Record<string, number>[] {
    if (!isSeq(node)) return [this.thresholds(node, what, axes)];
    const items = node.items as Node[];
    if (items.length === 0 || items.length > MOST_ALTERNATIVES)
      this.document.wrong(node, `${what}: expected one to ${MOST_ALTERNATIVES} alternatives, got ${items.length}`);
    return items.map((item) => this.thresholds(item, what, axes));
  }

  private thresholds(node: Node | undefined, what: string, axes: readonly Axis[]): Record<string, number> {
    const thresholds: Record<string, number> = {};
    if (node === undefined) return thresholds;
    for (const [axis, [key, value]] of this.document.entries(node, what)) {
      const known = this.knownAxis(key, axis, what, axes);
      const cap = known?.cap ?? Number.MAX_VALUE;
      const points = this.document.number(
        value ?? undefined,
        `${what}: ${axis}`,
        known?.cap === undefined ? 'a number of points' : `at most the cap of the axis (${cap})`,
        (number) => number <= cap,
      );
      if (points !== undefined) thresholds[axis] = points;
    }
    return thresholds;
  }

  private knownAxis(node: Node | undefined, name: string, what: string, axes: readonly Axis[]): Axis | undefined {
    const found = axes.find((axis) => axis.name === name);
    if (!found)
      this.document.wrong(
        node,
        `${what}: ${unknownName(
          name,
          axes.map((axis) => axis.name),
        )}`,
      );
    return found;
  }
}

/** Why a lead that enters this way would leave at once; undefined if it stays. */
function leavesAtOnce(kept: Record<string, number>, entered: Record<string, number>): string | undefined {
  for (const [axis, points] of Object.entries(kept)) {
    if (entered[axis] === undefined) return `expected only axes that enter names, got ${axis}`;
    if (points > entered[axis]) return `expected ${axis} at ${entered[axis]} (enter) or below, got ${points}`;
  }
  return undefined;
}

function unknownEvent(name: string): string {
  const known = eventTypes as readonly string[];
  return unknownName(name, known).replace(/ \(known: .*\)$/, ' (leadlog schemas lists them all)');
}
