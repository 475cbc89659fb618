import { decideOn, type Actor, type EventLog, type Fold, type Position } from '@leadlog/event-log';
import { dealStream, decisionId, identityStream, leadStream, ownEvent, sightings, type LeadIdentity } from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import type { LeadState } from '../leads.projection';
import { identityHash, identityOf } from '../who-is-who/identity';

export interface ErasureAsked {
  leadId: string;
  position: Position;
  /** It had been requested before. */
  repeated: boolean;
}

/**
 * Decides that a person is to be forgotten: the lead, and those merged into it. Asked again, it is the same request. `view` of `leads`, which
 * must have heard of everything by which the person is known. Undefined for an unknown lead.
 */
export async function requestErasure(
  log: EventLog,
  view: ReadModelView,
  { leadId: asked, requestId, actor, now }: { leadId: string; requestId?: string; actor: Actor; now: number },
): Promise<ErasureAsked | undefined> {
  const leadId = await view.resolve(asked);
  const [state, leadIds] = await Promise.all([view.get<LeadState>(leadId), view.family(leadId)]);
  if (!state) return undefined;
  const id = decisionId('PersonalDataErasureRequested', leadId);
  const data = { leadId, requestId: requestId ?? id, leadIds, streams: streamsOf(state) };
  const requested = ownEvent({ id, type: 'PersonalDataErasureRequested', data, at: now, by: 'erasure', actor });
  // The same id for whoever asks, so that of several requests one is recorded. There is nothing that could refuse it.
  const { position, repeated } = await decideOn<undefined, never>(log, leadStream(leadId), NOTHING_ASKED, () => ({ append: [requested] }));
  return { leadId, position, repeated };
}

const NOTHING_ASKED: Fold<undefined> = { initial: () => undefined, evolve: () => undefined };

/** Those besides the person's own in which something is recorded under their key. */
function streamsOf({ identities = {}, deals = [] }: LeadState): string[] {
  const told = (Object.entries(identities) as [keyof LeadIdentity, LeadState['identities']][]).flatMap(([kind]) =>
    [...sightings(identities[kind])].map(([value]) => identityStream(identityHash(identityOf(asIdentity(kind, value))))),
  );
  return [...told, ...deals.map(({ dealId }) => dealStream(dealId))].sort();
}

/** As the read model has it. */
function asIdentity(kind: keyof LeadIdentity, value: string): LeadIdentity {
  if (kind !== 'foreign') return { [kind]: value };
  const space = value.indexOf(' ');
  return { foreign: { system: value.slice(0, space), id: value.slice(space + 1) } };
}
