import type { DocumentInForce } from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import { decisionId, leadStream, decode, type LeadlogEvent } from '@leadlog/events';
import type { Jobs } from '@leadlog/jobs';
import { handoffLead } from '@leadlog/lead';
import type { HandoffPolicy } from '../policy/policy';
import { toldOutside } from './told-outside';
import type { Delivery } from './webhook';
import { enqueueDelivery } from './webhook-jobs';

interface About {
  leadId?: string;
  handoff?: { handoffId: string; reason?: string };
  event?: { leadId?: string; dossier?: { colleagues?: Colleague[] } };
  erased?: true;
}
type Colleague = { leadId?: string; name?: unknown };

/**
 * What is left of a delivery, in whatever state it is, when these leads are forgotten: one about them says so and tells whose handoff it is,
 * one about somebody else no longer names them as colleagues. Undefined if it says nothing of them.
 */
export function withoutPerson(payload: unknown, leadIds: ReadonlySet<string>): unknown {
  const { data } = (payload ?? {}) as { data?: About };
  if (typeof data !== 'object' || data === null || data.erased) return undefined;
  const { handoff, event, leadId = event?.leadId ?? (handoff && handoffLead(handoff.handoffId)) } = data;
  if (leadId !== undefined && leadIds.has(leadId)) {
    const { reason: _, ...shown } = handoff ?? {};
    const { dossier: _dossier, ...recorded } = event ?? {};
    const left = { ...data, ...(handoff && { handoff: shown }), ...(event && { event: recorded }), erased: true };
    return { ...(payload as object), data: left };
  }
  const colleagues = event?.dossier?.colleagues;
  if (!colleagues?.some((one) => isNamed(one, leadIds))) return undefined;
  const unnamed = colleagues.map((one) => {
    if (!isNamed(one, leadIds)) return one;
    const { name: _, ...rest } = one;
    return rest;
  });
  return { ...(payload as object), data: { ...data, event: { ...event, dossier: { ...event!.dossier, colleagues: unnamed } } } };
}

const isNamed = ({ leadId, name }: Colleague, leadIds: ReadonlySet<string>): boolean =>
  leadId !== undefined && leadIds.has(leadId) && name !== undefined;

/**
 * Tells every destination that was told of one of these leads that its person is forgotten, so that it can do the same. Once each: the id
 * follows from the lead.
 */
export async function tellErasure(
  { log, jobs, policy }: { log: EventLog; jobs: Jobs; policy: Pick<DocumentInForce<HandoffPolicy>, 'decidedBy'> },
  { leadIds, at }: { leadIds: readonly string[]; at: number },
): Promise<void> {
  for (const leadId of leadIds) {
    const events: LeadlogEvent[] = [];
    for await (const page of log.readStream(leadStream(leadId))) events.push(...page.map(decode));
    const told = toldOutside(events);
    const named = told.flatMap(
      (one) => one.destinations ?? policy.decidedBy(one.policy?.version)?.content.destinations.map(({ name }) => name) ?? [],
    );
    const delivery: Delivery = {
      id: decisionId('lead.erased', leadId),
      type: 'lead.erased',
      timestamp: new Date(at).toISOString(),
      // As what is left of other deliveries, so that a purge that is repeated leaves it.
      data: { leadId, handoffIds: [...new Set(told.map(({ handoffId }) => handoffId))], erased: true },
    };
    for (const name of new Set(named)) await enqueueDelivery(jobs, name, delivery);
  }
}
