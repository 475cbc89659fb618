import { amountOf, type NextAction, type OpenDealNow, type WorkNow } from '@leadlog/sales';
import { offeredIn } from '@leadlog/sales/next-actions/offered';
import type { RepDay } from '@leadlog/sales/next-actions/work.handlers';
import { localDay } from '@leadlog/time';

/** On the wire, times are RFC 3339. */
const time = (ms: number): string => new Date(ms).toISOString();

export const actionJson = ({ from, do: verb, what, because, dueAt, rule, actionId, appointmentId, scheduledAt }: NextAction) => ({
  from,
  do: verb,
  what,
  because,
  dueAt: time(dueAt),
  rule,
  actionId,
  appointmentId,
  scheduledAt: scheduledAt === undefined ? undefined : time(scheduledAt),
});

function stageJson({ stage, since, told, difference }: WorkNow['stage']) {
  return {
    id: stage?.id,
    name: stage?.name,
    purpose: stage?.purpose,
    since: since === undefined ? undefined : time(since),
    exit: stage?.exit ?? [],
    kpis: stage?.kpis ?? [],
    told: told && { stage: told.stage, at: time(told.at) },
    difference,
  };
}

export const workJson = ({ work, stage, next, decision, uncovered, toPlan }: WorkNow) => ({
  leadId: work.leadId,
  dealId: work.deal?.dealId,
  handoffId: work.handoff?.handoffId,
  repId: work.repId,
  stage: stageJson(stage),
  next: actionJson(next),
  decision: decision && actionJson(decision),
  uncovered,
  offered: work.deal && offeredIn(work.deal),
  hasNextStep: toPlan === undefined,
});

export const openDealJson = (one: OpenDealNow) => ({
  ...workJson(one),
  dealId: one.work.deal.dealId,
  openedAt: time(one.work.deal.opened.at),
  amount: amountOf(one.work.deal),
  meetings: one.work.meetings.length,
  quotes: one.work.deal.quotes?.length ?? 0,
});

export const dayJson = ({ at, timezone, process, counts }: RepDay) => ({
  day: localDay(at, timezone),
  at: time(at),
  timezone,
  process: { process: process.id, version: process.version },
  counts,
});

export function dayItemJson(item: RepDay['items'][number]) {
  const { section, leadId, dealId, handoffId, stage, uncovered, offered, cardId, text, profile, consentWithdrawn } = item;
  const { name, company, department, title } = profile;
  return {
    section,
    leadId,
    dealId,
    handoffId,
    stage,
    ...actionJson(item),
    uncovered,
    offered,
    cardId,
    text,
    dossier: `/v1/leads/${encodeURIComponent(leadId)}/dossier`,
    profile: { name, company, department, title },
    consentWithdrawn,
  };
}
