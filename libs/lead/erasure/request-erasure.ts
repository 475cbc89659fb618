import { decideOn, type Actor, type EventLog, type Fold, type Position } from '@leadlog/event-log';
import { dealStream, decisionId, leadStream, ownEvent, sightings, type LeadIdentity } from '@leadlog/events';
import type { ReadModelView } from '@leadlog/projections';
import { foldedAlone, type LeadState } from '../leads.projection';
import { identityOf, identityStreams, type IdentityNames } from '../who-is-who/identity';
import { notAskedFor } from './erasures';

export interface ErasureAsked {
  leadId: string;
  position: Position;
  /** It had been requested before. */
  repeated: boolean;
}

/**
 * Decides that a person is to be forgotten: the lead, and those merged into it. Asked again, it is the same request, but for leads merged
 * into it since: these are asked for, too. `view` of `leads`, which must have heard of everything by which the person is known. Undefined for
 * an unknown lead.
 */
export async function requestErasure(
  log: EventLog,
  view: ReadModelView,
  names: IdentityNames,
  { leadId: asked, requestId, actor, now }: { leadId: string; requestId?: string; actor?: Actor; now: number },
): Promise<ErasureAsked | undefined> {
  const leadId = await view.resolve(asked);
  const [state, family] = await Promise.all([view.get<LeadState>(leadId), view.family(leadId)]);
  if (!state) return undefined;
  const missing = notAskedFor(state.erasures, family);
  const leadIds = missing.length > 0 ? missing : family;
  // Of several requests for one person each has a lead of its own.
  const asksFor = leadIds.includes(leadId) ? leadId : leadIds[0]!;
  const id = decisionId('PersonalDataErasureRequested', asksFor);
  const data = { leadId: asksFor, requestId: requestId ?? id, leadIds, streams: await streamsOf(log, names, state, leadIds) };
  const requested = ownEvent({ id, type: 'PersonalDataErasureRequested', data, at: now, by: 'erasure', actor });
  // The same id for whoever asks, so that of several requests one is recorded. There is nothing that could refuse it.
  const { position, repeated } = await decideOn<undefined, never>(log, leadStream(asksFor), NOTHING_ASKED, () => ({ append: [requested] }));
  return { leadId, position, repeated };
}

const NOTHING_ASKED: Fold<undefined> = { initial: () => undefined, evolve: () => undefined };

/** Those besides the person's own in which something is recorded under their key. */
async function streamsOf(log: EventLog, names: IdentityNames, state: LeadState, leadIds: readonly string[]): Promise<string[]> {
  const identities = streamsOfIdentities(names, state);
  // What is forgotten of one lead hides what the others, which were merged with it later, had been known by.
  if (state.erasedAt !== undefined)
    for (const leadId of leadIds) identities.push(...streamsOfIdentities(names, await foldedAlone(log, leadId)));
  const streams = (state.deals ?? []).map(({ dealId }) => dealStream(dealId));
  // An identity has one stream of several that it may have, and what the others are called must not come into the log.
  for (const stream of new Set(identities)) for await (const _ of log.readStream(stream, { limit: 1 })) streams.push(stream);
  return [...new Set(streams)].sort();
}

const streamsOfIdentities = (names: IdentityNames, { identities = {} }: LeadState): string[] =>
  (Object.keys(identities) as (keyof LeadIdentity)[]).flatMap((kind) =>
    [...sightings(identities[kind])].flatMap(([value]) => identityStreams(names, identityOf(asIdentity(kind, value)))),
  );

/** As the read model has it. */
function asIdentity(kind: keyof LeadIdentity, value: string): LeadIdentity {
  if (kind !== 'foreign') return { [kind]: value };
  const space = value.indexOf(' ');
  return { foreign: { system: value.slice(0, space), id: value.slice(space + 1) } };
}
