import type { EventLog, NewEvent, RecordedEvent } from '@leadlog/event-log';
import { decode, shown, type FieldError } from '@leadlog/events';
import { isErased, leftOfData } from '@leadlog/personal';
import { withNormalAddresses } from './admit';

/** A sender that reuses an id for other content has one mistake, so few differences are reported. */
const MOST_DIFFERENCES = 20;

/**
 * The differences of an event from the one recorded under its id; none for a mere repeat. How it names its lead does not
 * matter: the same event may be reported for a visitor first and for an address later. What is forgotten cannot be compared.
 */
export function differencesFrom(recorded: RecordedEvent, sent: NewEvent): readonly FieldError[] {
  if (recorded.type !== sent.type) return [{ pointer: '/type', expected: `${recorded.type}, as recorded under this id`, got: sent.type }];
  const found: FieldError[] = [];
  const time = recorded.metadata.occurredAt;
  if (recorded.occurredAt !== Date.parse(sent.metadata.occurredAt))
    found.push({ pointer: '/time', expected: `${time}, as recorded under this id`, got: sent.metadata.occurredAt });
  const known = comparable(decode(recorded).data as unknown as Data);
  const told = comparable((isErased(known) ? leftOfData(sent.type, sent.data) : sent.data) as Data);
  if (known['identity'] === undefined && (sent.data as Data)['identity'] === undefined)
    compare(known['leadId'], told['leadId'], '/data/leadId', found);
  compare(comparedAs(known), comparedAs(told), '/data', found);
  return found.slice(0, MOST_DIFFERENCES);
}

type Data = Record<string, unknown>;

/** Traits follow from the profile, which is compared itself. */
const comparedAs = (data: Data): Data => ({ ...data, leadId: undefined, identity: undefined, traits: undefined });

/** Addresses were recorded as sent before there was a normal form. */
const comparable = (data: Data): Data => withNormalAddresses(data, []);

function compare(known: unknown, told: unknown, pointer: string, found: FieldError[]): void {
  if (known === told || found.length >= MOST_DIFFERENCES) return;
  if (isContainer(known) && isContainer(told) && Array.isArray(known) === Array.isArray(told)) {
    for (const name of new Set([...Object.keys(known), ...Object.keys(told)])) {
      compare(known[name], told[name], `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, found);
    }
  } else found.push({ pointer, expected: `${shown(known)}, as recorded under this id`, got: shown(told) });
}

const isContainer = (value: unknown): value is Data => typeof value === 'object' && value !== null;

/** The recorded versions of these events of a stream. Most repeats are sent soon after, so the stream is read from its end. */
export async function recordedOf(log: EventLog, stream: string, ids: Iterable<string>): Promise<Map<string, RecordedEvent>> {
  const missing = new Set(ids);
  const found = new Map<string, RecordedEvent>();
  for await (const page of log.readStream(stream, { direction: 'backwards' })) {
    for (const event of page) if (missing.delete(event.id)) found.set(event.id, event);
    if (missing.size === 0) break;
  }
  return found;
}
