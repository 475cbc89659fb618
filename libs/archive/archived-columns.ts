import { catalogue, type EventType } from '@leadlog/events';
import { DATA_COLUMNS } from './columns';

const BY_PATH = new Map(DATA_COLUMNS.map((column) => [column.path, column]));

/**
 * The column that holds a member of `data` unchanged for events of this type; undefined if there is none, or if the column holds another
 * form of it.
 */
export function columnOf(type: string, path: string): { sql: string; type: 'VARCHAR' | 'DOUBLE' } | undefined {
  const column = BY_PATH.get(path);
  if (!column || (column.type !== 'VARCHAR' && column.type !== 'DOUBLE')) return undefined;
  const members = catalogue.get(type as EventType)?.jsonSchema['properties'] as
    Record<string, { type?: string; enum?: readonly unknown[] }> | undefined;
  const member = members?.[path];
  const isText =
    member?.type === 'string' || (member?.type === undefined && member?.enum?.every((value) => typeof value === 'string') === true);
  const fits = column.type === 'VARCHAR' ? isText : member?.type === 'number' || member?.type === 'integer';
  return fits ? { sql: column.name, type: column.type } : undefined;
}
