import type { Words } from '@leadlog/lead';
import type { Duration } from '@leadlog/organisation';
import { startOfDayAfter, startOfLocalDay } from '@leadlog/time';
import type { Moments } from '../process/moments';
import type { CompiledProcess, CompiledRule } from '../process/compiled-process';
import type { FlowItem } from '../process/process';
import { isVerb, verbs, type Verb } from '../process/verbs';
import { APPOINTMENT_MS, ASKED_FOR_DAYS } from './appointments';
import { bestHourBetween, type AnswerRates } from './best-hour';
import { askedSince } from './asked-since';
import { momentsOf } from './moments-of';
import { answerOf, appointmentOf, lastStepOf, situationOf } from './situation-of';
import { stageOf, type StageNow } from './stage-of';
import type { AsOf, Work } from './works';

/** Everything that next actions depend on beside the facts. */
export interface Setting extends AsOf {
  process: CompiledProcess;
  rates: AnswerRates;
  /** When a duration that begins at `at` is over for a rep; ms. */
  dueFor(repId: string | undefined, at: number, duration: Duration): number;
}

/** What an action follows from. */
export const ACTION_SOURCES = ['handoff', 'relay', 'planned', 'appointment', 'answer', 'process', 'card', 'nothing'] as const;

/** A due step with its reason. */
export interface NextAction {
  from: (typeof ACTION_SOURCES)[number];
  /** A verb; for what a person planned, in their words. */
  do: string;
  what: Words;
  because: Words;
  /** ms. */
  dueAt: number;
  /** Where the rule is written. */
  rule?: { process: string; version: string; stage: string; line: number };
  /** The planned action. */
  actionId?: string;
  appointmentId?: string;
  /** Of an appointment, the time agreed; ms. */
  scheduledAt?: number;
}

/** A work with its stage and its next action. */
export interface WorkNow {
  work: Work;
  stage: StageNow;
  next: NextAction;
  /** What the customer's answer asks for, whatever else is planned. */
  decision?: NextAction;
  /** What the flow of the stage holds that no call or meeting has covered yet. */
  uncovered: FlowItem[];
  /** The appointment that is ahead. */
  meet?: NextAction;
  /** To plan the next step, if nothing is planned, agreed or awaited. */
  toPlan?: NextAction;
}

export function workNow(work: Work, setting: Setting): WorkNow {
  const moments = momentsOf(work);
  const stage = stageOf(work, moments, setting.process.process);
  const { handoff } = work;
  const uncovered = uncoveredBy(work, stage);
  const plans = plansOf(work, moments);
  const appointment = agreedOf(work, setting);
  const decision = decisionOf(work, setting);
  const meet = appointment?.do === 'meet' ? appointment : undefined;
  if (handoff?.state === 'handed-off') return { work, stage, next: toAccept(handoff.acceptBy), decision, uncovered, meet };
  const isOpen = plans.length === 0 && !meet && decision?.do !== 'ask';
  const derived = [decision, firstContact(work), ...byProcess(work, moments, stage, setting)].filter((one) => one !== undefined);
  // Planned wins over derived; what is agreed with the customer stands beside both.
  const next = mostUrgent([...(plans.length > 0 ? plans : derived), ...(appointment ? [appointment] : [])]);
  const toPlan = isOpen || !next ? planning(work, moments, stage) : undefined;
  return { work, stage, next: next ?? toPlan!, decision, uncovered, meet, toPlan: isOpen ? toPlan : undefined };
}

function uncoveredBy({ calls, meetings }: Work, { stage }: StageNow): FlowItem[] {
  const covered = new Set([...calls, ...meetings].flatMap((one) => one.covered ?? []));
  return (stage?.flow ?? []).filter(({ id }) => !covered.has(id));
}

/** The first of equally urgent ones. */
const mostUrgent = (actions: readonly NextAction[]): NextAction | undefined =>
  actions.reduce<NextAction | undefined>((first, one) => (first && first.dueAt <= one.dueAt ? first : one), undefined);

const known = (from: NextAction['from'], verb: Verb, because: Words, dueAt: number, rule?: NextAction['rule']): NextAction => ({
  from,
  do: verb,
  what: verbs[verb].words,
  because,
  dueAt,
  rule,
});

const toAccept = (acceptBy: number): NextAction =>
  known('handoff', 'accept', { ja: 'マーケティングから引き渡された', en: 'handed off by marketing' }, acceptBy);

export const toTakeOver = (fromRepId: string, at: number): NextAction => ({
  ...known('relay', 'accept', { ja: `${fromRepId}がアポイントを引き継ぎたい`, en: `${fromRepId} has relayed an appointment` }, at),
  scheduledAt: at,
});

/** What was planned and not done: a plan whose words are a verb is overtaken when that is done. */
function plansOf({ plans }: Work, moments: Moments): NextAction[] {
  return plans.flatMap(({ actionId, template, reason, dueAt, at }) => {
    const verb = isVerb(template) ? verbs[template] : undefined;
    if (verb?.done && (moments[verb.done]?.last ?? -Infinity) > at) return [];
    return [
      {
        from: 'planned' as const,
        do: template,
        what: verb?.words ?? { ja: template, en: template },
        because: { ja: reason, en: reason },
        dueAt,
        actionId,
      },
    ];
  });
}

export const toMeet = (at: number, appointmentId: string): NextAction => ({
  ...known('appointment', 'meet', { ja: '約束した商談', en: 'an appointment was booked' }, at),
  appointmentId,
  scheduledAt: at,
});

/** The appointment that is ahead, or that nobody has told the outcome of. */
function agreedOf(work: Work, setting: Setting): NextAction | undefined {
  const found = appointmentOf(work, setting);
  if (!found) return undefined;
  const { appointmentId, scheduled } = found.appointment;
  if (found.is === 'ahead') return toMeet(scheduled.for, appointmentId);
  const isAsked = found.is === 'passed' && scheduled.for >= startOfDayAfter(setting.now, -ASKED_FOR_DAYS, setting.timezone);
  return isAsked
    ? {
        ...known(
          'appointment',
          'record',
          { ja: '約束の時刻を過ぎたが、商談の記録がない', en: 'the appointment has passed, and no meeting is recorded' },
          scheduled.for + APPOINTMENT_MS,
        ),
        appointmentId,
        scheduledAt: scheduled.for,
      }
    : undefined;
}

/** A "no" asks for a better proposal or an end; "undecided", for the answer on the day that the customer named. */
function decisionOf(work: Work, { timezone }: AsOf): NextAction | undefined {
  const answer = work.deal && answerOf(work);
  if (answer?.answer === 'no')
    return known(
      'answer',
      'revise',
      { ja: '回答は「いいえ」で、その後の提案がない', en: 'the answer was no, and nothing was offered since' },
      answer.at,
    );
  if (answer?.answer !== 'undecided' || answer.decideBy === undefined) return undefined;
  const { decideBy } = answer;
  return known(
    'answer',
    'ask',
    { ja: `${decideBy}までに決めると言われた`, en: `the customer wanted to decide by ${decideBy}` },
    startOfLocalDay(decideBy, timezone),
  );
}

function firstContact({ handoff, deal }: Work): NextAction | undefined {
  if (!handoff || deal || handoff.contactedAt !== undefined) return undefined;
  return known('handoff', 'call', { ja: '初回接触の期限がある', en: 'the first contact has a deadline' }, handoff.contactBy);
}

/** What the stage says: its rules, unless it is time to give up. */
function byProcess(work: Work, moments: Moments, now: StageNow, setting: Setting): NextAction[] {
  const { stage, since } = now;
  if (!stage || since === undefined) return [];
  const { id, version, rulesOf } = setting.process;
  const at = (line: number) => ({ process: id, version, stage: stage.id, line });
  const { giveUp } = stage;
  const over = giveUp && givenUpAt(work, since, giveUp, setting);
  if (giveUp && over !== undefined && over <= setting.now) return [known('process', giveUp.then, giveUp.because, over, at(giveUp.line))];
  const situation = situationOf(work, moments, now, setting);
  const lastStep = lastStepOf(work, moments, now);
  return rulesOf(stage.id).flatMap((one) => {
    const { rule, holds } = one;
    const base = holds(situation) ? askedSince(one, { work, moments, stage: now, asOf: setting }, lastStep) : undefined;
    if (base === undefined || isDone(rule, moments, base, lastStep)) return [];
    const limit = setting.dueFor(work.repId, base, rule.within);
    const dueAt = rule.bestHour ? bestHourBetween(base, limit, setting.rates, setting.timezone) : limit;
    return known('process', rule.do, rule.because, dueAt, at(rule.line));
  });
}

/** What is asked for from the entry on may be the entry itself: a stage that begins with a call has had its first call. */
function isDone(rule: CompiledRule['rule'], moments: Moments, base: number, lastStep: number): boolean {
  const { done } = verbs[rule.do];
  // What nobody records is taken as done with whatever follows.
  const last = done ? moments[done]?.last : lastStep;
  if (last === undefined) return false;
  return last > base || (last === base && rule.after === undefined && rule.when.length === 0);
}

/** When the first of its thresholds was reached. */
function givenUpAt({ calls }: Work, since: number, giveUp: { calls?: number; days?: number }, { timezone }: AsOf): number | undefined {
  const inStage = calls.filter(({ startedAt }) => startedAt >= since);
  const byCalls = giveUp.calls === undefined ? undefined : inStage[giveUp.calls - 1]?.startedAt;
  const byDays = giveUp.days === undefined ? undefined : startOfDayAfter(since, giveUp.days, timezone);
  return byCalls === undefined ? byDays : byDays === undefined ? byCalls : Math.min(byCalls, byDays);
}

/** Every work has a next action: where nothing says which, to plan one. */
function planning(work: Work, moments: Moments, stage: StageNow): NextAction {
  return known('nothing', 'plan', { ja: '次の一手が決まっていない', en: 'nothing is planned or agreed' }, lastStepOf(work, moments, stage));
}
