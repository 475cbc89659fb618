import type { Holder } from '@leadlog/access';
import { shown, type FieldError } from '@leadlog/events';
import type { ParsedEvent } from '@leadlog/ingestion';

/** An event that a key may not send is refused by itself; others of the same request are taken. */
export function withinLimits(parsed: ParsedEvent, { source, types }: Holder): ParsedEvent {
  if (!parsed.ok || (source === undefined && types === undefined)) return parsed;
  const { event } = parsed;
  const errors: FieldError[] = [];
  if (source !== undefined && event.source !== source)
    errors.push({ pointer: '/source', expected: `${source}, the only one of this key`, got: shown(event.source) });
  if (types !== undefined && !types.includes(event.type))
    errors.push({ pointer: '/type', expected: `one of ${types.join(', ')}, the only ones of this key`, got: shown(event.type) });
  return errors.length > 0 ? { ok: false, id: event.id, errors } : parsed;
}
