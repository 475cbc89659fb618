import { createHash } from 'node:crypto';
import { catalogue } from '@leadlog/events';
import { clockChanges } from '@leadlog/time';
import { quoted } from './duckdb';
import { COLUMNS, DATA_COLUMNS, type DataColumn } from './columns';

/** Years in which a change of the time zone rules makes a different archive. */
const [TABLE_FROM, TABLE_TO] = [Date.UTC(2000, 0, 1), Date.UTC(2040, 0, 1)];
const forms = new Map<string, string>();

/**
 * The content of a segment depends on the columns, on the schema versions to which data is upcast, on which of it is personal and left out,
 * and on where days begin; a different form means a different archive. Where days begin depends on more than the name of the zone: a newer Node may have other rules for it.
 */
export function formOf(timezone: string): string {
  let found = forms.get(timezone);
  if (found === undefined) {
    const types = [...catalogue.values()].map(({ type, schemaVersion, personal }) => [type, schemaVersion, personal]);
    const form = [COLUMNS, DATA_COLUMNS.map(({ path }) => path), types, timezone, clockChanges(TABLE_FROM, TABLE_TO, timezone)];
    forms.set(timezone, (found = createHash('sha256').update(JSON.stringify(form)).digest('hex').slice(0, 16)));
  }
  return found;
}

/** Rows as read from the log; everything else is derived from them. */
export const STAGED_COLUMNS =
  'position BIGINT, recorded_ms DOUBLE, occurred_ms DOUBLE, id VARCHAR, type VARCHAR, stream VARCHAR, revision INTEGER, data VARCHAR, recorded_data VARCHAR, metadata VARCHAR';

/** Members of `data` and `metadata` that become columns, in the form that json_transform expects. */
const DATA_SHAPE = shapeOf(DATA_COLUMNS);
const METADATA_SHAPE = { initiator: 'VARCHAR', source: 'VARCHAR', actor: { kind: 'VARCHAR', id: 'VARCHAR', teamId: 'VARCHAR' } };

/**
 * SELECT that turns the staged rows in `table` into rows of the archive (COLUMNS, in their order), on a connection with the time zones of
 * Leadlog.
 */
export function archivedRows(table: string, timezone: string): string {
  const dayOf = (moment: string) => `(${moment} AT TIME ZONE ${quoted(timezone)})::DATE`;
  const column = ({ name, type, path }: DataColumn): string => {
    const member = `d.${path
      .split('.')
      .map((part) => `"${part}"`)
      .join('.')}`;
    return `${type === 'TIMESTAMPTZ' ? `TRY_CAST(${member} AS TIMESTAMPTZ)` : member} AS ${name}`;
  };
  return `
    SELECT position, make_timestamptz((recorded_ms * 1000)::BIGINT) AS recorded_at, make_timestamptz((occurred_ms * 1000)::BIGINT) AS occurred_at,
      ${dayOf('occurred_at')} AS day, type, stream, revision, id::UUID AS event_id,
      CASE WHEN starts_with(stream, 'activity-') THEN substr(stream, 10) WHEN starts_with(stream, 'lead-') THEN substr(stream, 6) ELSE d."leadId" END AS lead,
      m.initiator, m.actor.kind AS actor_kind, m.actor.id AS actor, m.actor."teamId" AS team, m.source,
      ${DATA_COLUMNS.map(column).join(', ')},
      ${dayOf('started_at')} AS started_day, data, recorded_data, metadata
    FROM (SELECT *, json_transform(data, '${JSON.stringify(DATA_SHAPE)}') AS d, json_transform(metadata, '${JSON.stringify(METADATA_SHAPE)}') AS m FROM ${table})`;
}

type Shape = { [member: string]: string | [string] | Shape };

function shapeOf(columns: readonly DataColumn[]): Shape {
  const shape: Shape = { leadId: 'VARCHAR' };
  for (const { path, type } of columns) {
    const parts = path.split('.');
    const last = parts.pop()!;
    let at = shape;
    for (const part of parts) at = (at[part] ??= {}) as Shape;
    at[last] = type === 'VARCHAR[]' ? ['VARCHAR'] : type === 'TIMESTAMPTZ' ? 'VARCHAR' : type;
  }
  return shape;
}
