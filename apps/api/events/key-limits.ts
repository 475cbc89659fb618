import type { Holder } from '@leadlog/access';
import { shown, type FieldError } from '@leadlog/events';
import type { IngestResult, ParsedEvent } from '@leadlog/ingestion';
import { may } from '../access/roles';

/** An event that a key may not send is refused by itself; others of the same request are taken. */
export function withinLimits(parsed: ParsedEvent, { source, types }: Holder): ParsedEvent {
  if (!parsed.ok || (source === undefined && types === undefined)) return parsed;
  const { event } = parsed;
  const errors: FieldError[] = [];
  if (source !== undefined && event.source !== source)
    errors.push({ pointer: '/source', expected: `${source}, the only one of this key`, got: shown(event.source) });
  if (types !== undefined && !types.includes(event.type))
    errors.push({ pointer: '/type', expected: `one of ${types.join(', ')}, the only ones of this key`, got: shown(event.type) });
  // It names an event of whatever source by its id.
  if (source !== undefined && types === undefined && event.type === 'TouchpointInvalidated')
    errors.push({
      pointer: '/type',
      expected: 'a type of event that a key of one source may send; this one, if the key names it',
      got: event.type,
    });
  return errors.length > 0 ? { ok: false, id: event.id, errors } : parsed;
}

/** What is recorded under an id, and whose an identity is, is for those to read who may read all leads: others learn that it is different. */
export function toldTo(holder: Holder): (result: IngestResult) => IngestResult {
  if (may(holder, 'leads.read') && holder.teams === undefined) return (result) => result;
  return (result) => {
    if (result.result === 'conflict') {
      const { leadId: _whose, ...rest } = result;
      return {
        ...rest,
        errors: result.errors.map((error) => ({ ...error, expected: 'what is recorded under this id, which is different' })),
      };
    }
    if (result.result === 'rejected' || result.notices === undefined) return result;
    return { ...result, notices: ['it contradicts what is recorded; whoever may read leads is told how'] };
  };
}
