import { PERSONAL_OF_PROFILE } from '@leadlog/events';
import type { CompiledModel, CompiledRule } from '../model/compile';
import type { Cap } from '../model/model';
import { fieldHad } from '../model/rule-fields';
import { PROFILE_EVENTS } from '../scores/score-state';
import { conditionSql, literal, type ValueInSql } from './where-sql';

/** What of the archive has a column of its own. */
export interface ArchivedColumns {
  /** The column that holds a path of `data` of events of this type as it is; undefined where only JSON has it. */
  columnOf(type: string, path: string): ValueInSql | undefined;
  /** IANA; the column `day` is the day there. */
  timezone: string;
}

export interface ScoreSqlOptions {
  columns: ArchivedColumns;
  /** ms. */
  at: number;
  /** Leave out what happened after `at`, as scores of the past do; the live score counts a fact dated ahead in full. */
  happened?: boolean;
  /** These leads only. */
  leads?: readonly string[];
  /** Also how often each rule gives its points. */
  units?: boolean;
}

/**
 * The same model as `foldScore`, over the archive as it is seen now (`archive.facts`: merges, voided touchpoints and facts told again
 * resolved). One row for each lead that the model knows of:
 * `lead`; `a<i>`: points of each axis at `at`, before floor and cap; `tier`, `since` (ms): as decided last, null where nothing has been.
 * With `units` also `r<i>`: for each rule about events, by its index, how many times its points it gives (decayed, capped, diminished), and
 * `p<i>`: for each rule about the profile, by its place among those, whether it holds.
 */
export function scoreSql(model: CompiledModel, { columns, at, happened = false, leads, units = false }: ScoreSqlOptions): string {
  const rules = rulesOf(model);
  const paths = new PathColumns(columns);
  const conditions = rules.map((rule) => conditionsSql(rule, paths));
  const types = [...new Set([...model.byType.keys(), ...PROFILE_EVENTS, 'LeadTierChanged'])];
  const only = `${happened ? ` AND occurred_at <= make_timestamptz(${at * 1_000})` : ''}${leads ? ` AND lead IN (${leads.map(literal).join(', ')})` : ''}`;
  const branches = rules.map(
    (rule, i) => `SELECT lead, ${i} AS rule, ${unitsSql(rule, at)} AS units FROM (${countedSql(rule, conditions[i]!, model, columns)})`,
  );
  const given =
    branches.length === 0 ? 'SELECT NULL::VARCHAR AS lead, 0 AS rule, 0.0 AS units WHERE false' : branches.join('\n    UNION ALL ');
  const decided = `FILTER (type = 'LeadTierChanged' AND model = ${literal(model.id)})`;
  return `WITH facts AS MATERIALIZED (
    SELECT lead, type, epoch_ms(occurred_at) AS ms, event_id, position, occurred_at, day, after, model, ${paths.selected().join(', ')}
    FROM archive.facts WHERE lead IS NOT NULL AND type IN (${types.map(literal).join(', ')})${only}
  ), given AS MATERIALIZED (
    ${given}
  ), units AS (
    SELECT lead${rules.map(({ index }, i) => `, sum(units) FILTER (rule = ${i}) AS r${index}`).join('')} FROM given GROUP BY lead
  ), known AS (
    SELECT lead, arg_max(after, position) ${decided} AS tier, arg_max(ms, position) ${decided} AS since FROM facts GROUP BY lead
  )${profilesSql(model)}, found AS (
    SELECT known.*${rules.map(({ index }) => `, coalesce(r${index}, 0) AS r${index}`).join('')}${holdsSql(model)}
    FROM known LEFT JOIN units USING (lead)${model.fields.length > 0 ? ' LEFT JOIN profiles USING (lead)' : ''}
  )
  SELECT lead, tier, since${axesSql(model)}${units ? [...rules.map(({ index }) => `, r${index}`), ...model.profileRules.map((_, i) => `, p${i}`)].join('') : ''} FROM found`;
}

const rulesOf = (model: CompiledModel): CompiledRule[] => [...model.byType.values()].flat();

function axesSql(model: CompiledModel): string {
  const parts: string[][] = model.model.axes.map(() => []);
  for (const { rule, index, axis } of rulesOf(model)) parts[axis]!.push(`${literal(rule.points)} * r${index}`);
  model.profileRules.forEach(({ rule, axis }, i) => parts[axis]!.push(`CASE WHEN p${i} THEN ${literal(rule.points)} ELSE 0 END`));
  const own = parts.map((terms) => (terms.length === 0 ? '0::DOUBLE' : terms.join(' + ')));
  return model.weights
    .map((summed, axis) => `, ${summed.map(({ axis: of, weight }) => `${literal(weight)} * (${own[of]!})`).join(' + ')} AS a${axis}`)
    .join('');
}

/** What rules look at, each selected once. */
class PathColumns {
  private readonly archivedColumns = new Set<string>();
  private readonly json = new Map<string, { name: string; types: Set<string> }>();

  constructor(private readonly archived: ArchivedColumns) {}

  of(type: string, path: string): ValueInSql {
    const [root, ...fields] = path.split('.');
    const column = root === 'data' ? this.archived.columnOf(type, fields.join('.')) : undefined;
    if (column) {
      this.archivedColumns.add(column.sql);
      return { ...column, sql: `c_${column.sql}` };
    }
    const known = this.json.get(path) ?? { name: `j${this.json.size}`, types: new Set() };
    this.json.set(path, { ...known, types: known.types.add(type) });
    return { sql: known.name, type: 'JSON' };
  }

  selected(): string[] {
    const extracted = [...this.json].map(([path, { name, types }]) => {
      const [root, ...fields] = path.split('.');
      // A text of JSON is read only where somebody asks for what is in it.
      return `CASE WHEN type IN (${[...types].map(literal).join(', ')}) THEN json_extract(${root}, ${literal(`$${fields.map((field) => `.${JSON.stringify(field)}`).join('')}`)}) END AS ${name}`;
    });
    const profile = PROFILE_MEMBERS.map(([type, member]) => `WHEN ${literal(type)} THEN json_extract(data, '$.${member}')`).join(' ');
    const traits = `CASE WHEN type IN (${PROFILE_MEMBERS.map(([type]) => literal(type)).join(', ')}) THEN json_extract(data, '$.traits') END AS traits`;
    return [
      `CASE type ${profile} END AS profile`,
      traits,
      ...[...this.archivedColumns].map((column) => `${column} AS c_${column}`),
      ...extracted,
    ];
  }
}

const PROFILE_MEMBERS = [
  ['LeadCaptured', 'profile'],
  ['ProfileUpdated', 'changes'],
] as const;

function conditionsSql({ rule }: CompiledRule, paths: PathColumns): string {
  const { after, through } = rule.recorded ?? {};
  return [
    `type = ${literal(rule.on)}`,
    ...(after === undefined ? [] : [`position > ${after}`]),
    ...(through === undefined ? [] : [`position <= ${through}`]),
    ...rule.where.map((condition) => conditionSql(condition, paths.of(rule.on, condition.path))),
  ].join(' AND ');
}

/** Rows of the events that count for a rule: lead, ms, and their place in the window where there is one. */
function countedSql({ rule: { cap } }: CompiledRule, conditions: string, model: CompiledModel, columns: ArchivedColumns): string {
  if (!cap) return `SELECT lead, ms FROM facts WHERE ${conditions}`;
  const window = windowSql(cap.per, model.timezone, columns.timezone);
  return `SELECT lead, ms, row_number() OVER (PARTITION BY lead${window === undefined ? '' : `, ${window}`} ORDER BY ms, position) - 1 AS place FROM facts WHERE ${conditions} QUALIFY place < ${cap.times}`;
}

/** Monday 1969-12-29 and Thursday 1970-01-01, as in model/compile.ts. */
function windowSql(per: Cap['per'], timezone: string, archived: string): string | undefined {
  if (per === undefined) return undefined;
  if ('ms' in per) return `floor(ms / ${per.ms}::DOUBLE)`;
  const day = timezone === archived ? 'day' : `(occurred_at AT TIME ZONE ${literal(timezone)})::DATE`;
  return per.days === 1 ? day : `floor((date_diff('day', DATE '1970-01-01', ${day}) + 3) / ${per.days}::DOUBLE)`;
}

function unitsSql({ rule: { halfLife, cap } }: CompiledRule, at: number): string {
  const decay = halfLife === undefined ? '1.0' : `pow(2.0, (ms - ${at}) / ${halfLife}::DOUBLE)`;
  return cap?.diminish === undefined ? decay : `${decay} * pow(${literal(cap.diminish)}, place)`;
}

/** Of each field of the profile that rules look at, what was set last; of a personal one, what has not been erased since. */
function profilesSql({ fields }: CompiledModel): string {
  if (fields.length === 0) return '';
  const last = fields.map(({ name }, i) => {
    const value = givenBy(name);
    const left = (PERSONAL_OF_PROFILE as readonly string[]).includes(name) ? ' AND (erased IS NULL OR ms > erased)' : '';
    return `arg_max(${value}, (ms, position)) FILTER (json_type(${value}) <> 'NULL'${left}) AS f${i}`;
  });
  return `, erasures AS (
    SELECT lead, max(ms) AS erased FROM facts WHERE type = 'PersonalDataErased' GROUP BY lead
  ), profiles AS (
    SELECT lead, ${last.join(', ')} FROM facts LEFT JOIN erasures USING (lead)
    WHERE profile IS NOT NULL GROUP BY lead
  )`;
}

/** As in scores/score-state.ts. */
function givenBy(field: string): string {
  if (field === 'emailDomain') return `json_extract(traits, '$.emailDomain')`;
  const had = fieldHad(field);
  if (had === undefined) return `json_extract(profile, '$.${field}')`;
  return `CASE WHEN json_contains(json_extract(traits, '$.has'), ${literal(JSON.stringify(had))}) THEN 'true'::JSON END`;
}

function holdsSql({ profileRules, fields }: CompiledModel): string {
  const known = (path: string): string => {
    const column = `f${fields.findIndex(({ name }) => name === path)}`;
    return fieldHad(path) === undefined ? column : `coalesce(${column}, 'false'::JSON)`;
  };
  return profileRules
    .map(
      ({ rule }, i) =>
        `, ${rule.profile.map((condition) => conditionSql(condition, { sql: known(condition.path), type: 'JSON' })).join(' AND ') || 'true'} AS p${i}`,
    )
    .join('');
}
