import { factIds, leadFacts, minorDigits, type FactId } from '@leadlog/events';
import { COLUMNS, DATA_COLUMNS } from '../columns';
import { quoted } from '../duckdb';

/** A view of SQL, with each of its columns documented. */
export interface View {
  /** With its schema where it is not the main one. */
  readonly name: string;
  /** What one row is. */
  readonly description: string;
  readonly columns: readonly { name: string; description: string }[];
  readonly sql: string;
  /** A building block of other views; not shown to users. */
  readonly internal?: true;
}

/** Name → description, in the order of the columns. */
export const documented = (columns: Readonly<Record<string, string>>): View['columns'] =>
  Object.entries(columns).map(([name, description]) => ({ name, description }));

/** A view that only other views use. */
export const internal = (name: string, description: string, sql: string): View => ({
  name: `archive.${name}`,
  description,
  columns: [],
  sql,
  internal: true,
});

export const listOf = (texts: readonly string[]): string => texts.map(quoted).join(', ');

export const FACTS: readonly string[] = leadFacts.map(({ type }) => type);
export const CUSTOMER_FACTS: readonly string[] = leadFacts.filter(({ initiator }) => initiator === 'customer').map(({ type }) => type);

/** Events that count, under the lead that they count for now. */
export const counted = internal(
  'counted',
  'events that are not voided, under the lead for which they count now',
  // As a join, because NOT EXISTS would first collect the ids of all events.
  `SELECT counting.* FROM (
    SELECT events.* REPLACE (coalesce(survivors.survivor, events.lead) AS lead), events.lead AS recorded_lead
    FROM archive.events AS events LEFT JOIN archive.survivors AS survivors ON survivors.lead = events.lead
  ) AS counting ANTI JOIN archive.voided AS voided ON voided.event_id = counting.event_id AND voided.lead = counting.lead
    ANTI JOIN archive.voided_in AS voided_in ON voided_in.event_id = counting.event_id AND voided_in.lead = counting.lead AND voided_in.stream = counting.stream`,
);

const TELLING_TYPES = listOf([...factIds.keys()]);
const LAST_HOLDS = `type IN (${listOf([...factIds].flatMap(([type, { holds }]) => (holds === 'last' ? [type] : [])))})`;

/** Events of these types that are superseded by another report of the same fact; `idOf` gives the SQL for a field of its id. */
function supersededOf(types: readonly (readonly [type: string, id: FactId])[], idOf: (field: string) => string): string {
  const id = `CASE type ${types.map(([type, { fields }]) => `WHEN ${quoted(type)} THEN [${fields.map(idOf).join(', ')}]`).join(' ')} END`;
  const inTurn = (place: string): string => `CASE WHEN ${LAST_HOLDS} THEN -${place} ELSE ${place} END`;
  return `SELECT lead, position, event_id FROM archive.counted WHERE lead IS NOT NULL AND type IN (${listOf(types.map(([type]) => type))})
    QUALIFY row_number() OVER (PARTITION BY lead, type, ${id} ORDER BY ${inTurn('epoch_ms(occurred_at)')}, ${inTurn('position')}) > 1`;
}

const columnOfField = new Map(DATA_COLUMNS.map(({ path, name }) => [path, name]));
const inColumns = [...factIds].filter(([, { fields }]) => fields.every((field) => columnOfField.has(field)));
const inTexts = [...factIds].filter(([type]) => !inColumns.some(([one]) => one === type));

export const superseded = internal(
  'superseded',
  'events that report a fact which another event of the same lead reports too, and holds',
  // As two queries, so that the few types without columns do not force reading the JSON of all.
  [
    supersededOf(inColumns, (field) => `${columnOfField.get(field)!}::VARCHAR`),
    supersededOf(inTexts, (field) => `json_extract_string(data, ${quoted(`$.${field}`)})`),
  ].join(' UNION ALL '),
);

/** Events that count, each fact once. Views by business id choose among the reports of a fact themselves (`onePer`). */
export const facts = internal(
  'facts',
  'events that count, without superseded reports of the same fact',
  `SELECT * FROM archive.counted WHERE type NOT IN (${TELLING_TYPES})
   UNION ALL
   SELECT * FROM archive.counted WHERE type IN (${TELLING_TYPES}) AND position NOT IN (SELECT position FROM archive.superseded)`,
);

/**
 * One row for each business id of a lead: the first or the last event that names it, by when it happened; of two events at the
 * same moment, the one recorded first or last, because a correction often has the date of what it corrects.
 */
export const onePer = (which: 'first' | 'last', ids: string): string =>
  `QUALIFY row_number() OVER (PARTITION BY ${ids} ORDER BY ${which === 'first' ? 'occurred_at, position' : 'occurred_at DESC, position DESC'}) = 1`;

/** The value set last among the rows of a group; rows without a value are ignored. */
export const last = (value: string, where?: string): string =>
  `arg_max(${value}, (occurred_at, position))${where ? ` FILTER (${where})` : ''}`;
export const first = (value: string, where?: string): string =>
  `arg_min(${value}, (occurred_at, position))${where ? ` FILTER (${where})` : ''}`;

/** The representative credited when the event names none: the actor, if that is a representative. */
export const ACTING_REP = "CASE WHEN actor_kind = 'rep' THEN actor END";

/** 10 to the power of the number of decimals of a currency. */
const minorUnits = (currency: string): string => {
  const whens = [0, 3, 4].flatMap((digits) => {
    const currencies = Intl.supportedValuesOf('currency').filter((one) => minorDigits(one) === digits);
    return currencies.length === 0 ? [] : [`WHEN ${currency} IN (${listOf(currencies)}) THEN ${10 ** digits}`];
  });
  return `CASE ${whens.join(' ')} ELSE 100 END`;
};

/** Money in the smallest unit of its currency: integers, so that sums are exact. */
export const minor = (amount: string, currency: string): string => `round(${amount} * ${minorUnits(currency)})::BIGINT`;

/** The same amount in units of its currency, for display. */
export const inUnits = (smallest: string, currency: string): string => `${smallest} / ${minorUnits(currency)}`;

/** Columns of the archive by their names, as documented there. */
export const columnsOf = (...names: string[]): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => {
      const column = COLUMNS.find((one) => one.name === name);
      if (!column) throw new Error(`expected a column of the archive, got ${name}`);
      return [name, column.description];
    }),
  );
