import { createHash } from 'node:crypto';
import type { EventLog, Position } from '@leadlog/event-log';
import { decode, dealStream, holdingOf, leadStreams, newestFirst, Voided, voidIn, type EventOf, type LeadlogEvent } from '@leadlog/events';
import { countsOf, leadOf, peopleOf, peopleOfAccount, type AccountPerson, type LeadDetail, type LeadState } from '@leadlog/lead';
import type { ReadModels } from '@leadlog/projections';
import { startOfDayAfter } from '@leadlog/time';
import { fitting } from './fitting-dossier';
import type { HandoffState } from './handoffs.projection';
import { pastHandoffs, type Handoff } from './standing';

const RECENT_DAYS = 30;
const MOST = 50;
/** Maximum number of people of an account in a handoff, latest activity first: an account may have thousands. */
const LOOKED_AT = 200;

/**
 * What sales receives with a lead. Times are RFC 3339 in UTC; lists are newest first and cover the last 30 days unless noted otherwise.
 * Long ones are cut where an event could not hold it.
 */
export interface Dossier {
  leadId: string;
  asOf: string;
  profile: LeadDetail['profile'];
  accountId?: string;
  /** What to know before calling or writing. */
  warnings: string[];
  /** Channels for which the person has withdrawn consent. */
  consentWithdrawn: { channel: string; since: string }[];
  /** Why it is hot: what the scoring model counted, with the events behind it. */
  becameHot?: {
    at: string;
    score: Record<string, number>;
    causes: { ruleId: string; points: number; eventId: string; type?: string; occurredAt?: string }[];
  };
  /** White papers and price pages first. */
  webAccess: { at: string; what: 'priceList' | 'whitepaper' | 'price' | 'page' | 'content'; url?: string; title?: string }[];
  /** All newsletters ever delivered; opens by machines are left out. */
  mail: { delivered: number; opened: number; openRate: number | null; openedSubjects: string[]; links: string[] };
  webinars: { webinarId: string; attended: boolean; minutes?: number }[];
  surveys: { surveyId: string; at: string; answers: { question: string; answer: string; choice?: string }[] }[];
  inquiries: { at: string; kind: string; text?: string }[];
  /** What the customer told sales earlier. */
  needsHeard: string[];
  pastHandoffs: Pick<Handoff, 'handoffId' | 'runId' | 'repId' | 'state' | 'reason'>[];
  /** The number of others at the account, and those with the latest activity, latest first. */
  colleaguesInAll: number;
  colleagues: {
    leadId: string;
    name?: string;
    title?: string;
    department?: string;
    role?: string;
    lastActivityAt?: string;
    counts: Record<string, number>;
  }[];
  nextAction: { action: string; reason: string };
}

/** Others of the account of a lead: their number, and those with the latest activity. */
export interface Colleagues {
  inAll: number;
  people: AccountPerson[];
}

export async function colleaguesOf(readModels: ReadModels, leadId: string): Promise<Colleagues> {
  const leads = await readModels.view('leads');
  const survivor = await leads.resolve(leadId);
  const accountId = (await leads.get<LeadState>(survivor))?.account?.accountId;
  if (accountId === undefined) return { inAll: 0, people: [] };
  const people = await peopleOfAccount(leads, accountId, LOOKED_AT);
  return {
    inAll: Math.max(0, (await leads.listSize(peopleOf(accountId))) - 1),
    people: people.filter((person) => person.leadId !== survivor),
  };
}

export interface DossierRequest {
  now: number;
  timezone: string;
  /** If they are already known. */
  colleagues?: Colleagues;
}

/** The dossier as of now; undefined for an unknown lead. */
export async function dossierOf(
  log: EventLog,
  readModels: ReadModels,
  leadId: string,
  { now, timezone, colleagues }: DossierRequest,
): Promise<Dossier | undefined> {
  const [leads, handoffs] = await Promise.all([readModels.view('leads'), readModels.view('handoffs')]);
  const lead = await leadOf(leads, leadId);
  if (!lead) return undefined;
  const events = await eventsOf(log, lead, leads.through);
  const { inAll, people } = colleagues ?? (await colleaguesOf(readModels, lead.leadId));
  const others = people.slice(0, MOST);
  const states = await leads.many<LeadState>(others.map((person) => person.leadId));
  const state = await handoffs.get<HandoffState>(lead.leadId);
  const past = state ? pastHandoffs(state) : [];
  const withdrawn = Object.entries(lead.consent).flatMap(([channel, { status, since }]) =>
    status === 'withdrawn' ? [{ channel, since: time(since) }] : [],
  );
  return fitting({
    leadId: lead.leadId,
    asOf: time(now),
    profile: lead.profile,
    accountId: lead.accountId,
    warnings: withdrawn.map(({ channel, since }) => `consent for ${channel} was withdrawn on ${since.slice(0, 10)}: do not use it`),
    consentWithdrawn: withdrawn,
    becameHot: becameHot(events),
    ...behaviour(events, startOfDayAfter(now, -RECENT_DAYS, timezone)),
    pastHandoffs: past.map(({ handoffId, runId, repId, state, reason }) => ({ handoffId, runId, repId, state, reason })),
    colleaguesInAll: inAll,
    colleagues: others.map(({ leadId: id, profile, role, lastActivityAt }, index) => ({
      leadId: id,
      name: profile.name,
      title: profile.title,
      department: profile.department,
      role,
      lastActivityAt: lastActivityAt === undefined ? undefined : time(lastActivityAt),
      counts: states[index] ? countsOf(states[index]) : {},
    })),
    nextAction: nextAction(events, past),
  });
}

/** SHA-256 of the canonical JSON (members by name, none undefined), in hex. */
export function dossierHash(dossier: Dossier): string {
  return createHash('sha256').update(canonical(dossier)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** All events that count of the lead and of those merged into it, latest first. */
async function eventsOf(log: EventLog, lead: LeadDetail, through: Position): Promise<LeadlogEvent[]> {
  const streams = [...[lead.leadId, ...lead.mergedLeadIds].flatMap(leadStreams), ...lead.deals.map(({ dealId }) => dealStream(dealId))];
  const events: LeadlogEvent[] = [];
  const voided = new Voided();
  for (const stream of streams) {
    for await (const page of log.readStream(stream)) {
      for (const event of page.filter(({ position }) => position <= through).map(decode)) {
        voided.add(voidIn(event));
        events.push(event);
      }
    }
  }
  return holdingOf(events.filter((event) => !voided.of(event))).sort(newestFirst);
}

function becameHot(events: readonly LeadlogEvent[]): Dossier['becameHot'] {
  const change = events.find(
    (event): event is EventOf<'LeadTierChanged'> => event.type === 'LeadTierChanged' && event.data.to === 'hot' && !event.data.aside,
  );
  if (!change) return undefined;
  const byId = new Map(events.map((event) => [event.id, event]));
  const causes = change.data.causes.map(({ ruleId, points, eventId }) => {
    const event = byId.get(eventId);
    return { ruleId, points, eventId, type: event?.type, occurredAt: event && time(event.occurredAt) };
  });
  return { at: time(change.occurredAt), score: change.data.score, causes };
}

type Behaviour = Pick<Dossier, 'webAccess' | 'mail' | 'webinars' | 'surveys' | 'inquiries' | 'needsHeard'>;

const INTEREST: Record<Dossier['webAccess'][number]['what'], number> = { priceList: 0, price: 0, whitepaper: 0, content: 1, page: 1 };

function behaviour(events: readonly LeadlogEvent[], since: number): Behaviour {
  const found: Behaviour = {
    webAccess: [],
    mail: { delivered: 0, opened: 0, openRate: null, openedSubjects: [], links: [] },
    webinars: [],
    surveys: [],
    inquiries: [],
    needsHeard: [],
  };
  const subjects = new Map<string, string>();
  const opened = new Set<string>();
  const delivered = new Set<string>();
  const webinars = new Map<string, Dossier['webinars'][number]>();
  for (const event of events) {
    const at = time(event.occurredAt);
    const recent = event.occurredAt >= since;
    if (event.type === 'WebPageViewed' && recent)
      found.webAccess.push({ at, what: event.data.category === 'price' ? 'price' : 'page', url: event.data.url });
    else if (event.type === 'ContentDownloaded' && recent) {
      const { kind, title } = event.data;
      found.webAccess.push({ at, what: kind === 'priceList' || kind === 'whitepaper' ? kind : 'content', title });
    } else if (event.type === 'EmailDelivered') {
      delivered.add(event.data.messageId);
      subjects.set(event.data.messageId, event.data.subject);
    } else if (event.type === 'EmailOpened' && (event.data.machineLikelihood ?? 0) < 0.5) opened.add(event.data.messageId);
    else if (event.type === 'EmailLinkClicked' && recent) found.mail.links.push(event.data.url);
    else if (event.type === 'WebinarRegistered' && !webinars.has(event.data.webinarId))
      webinars.set(event.data.webinarId, { webinarId: event.data.webinarId, attended: false });
    else if (event.type === 'WebinarAttended')
      webinars.set(event.data.webinarId, { webinarId: event.data.webinarId, attended: true, minutes: event.data.minutes });
    else if (event.type === 'SurveyAnswered') found.surveys.push({ surveyId: event.data.surveyId, at, answers: event.data.answers });
    else if (event.type === 'InquiryReceived' && recent) found.inquiries.push({ at, kind: event.data.kind, text: event.data.text });
    else if (event.type === 'CallCompleted' || event.type === 'MeetingHeld') found.needsHeard.push(...(event.data.needs ?? []));
  }
  found.webAccess = found.webAccess.sort((a, b) => INTEREST[a.what] - INTEREST[b.what]).slice(0, MOST);
  found.webinars = [...webinars.values()].slice(0, MOST);
  found.needsHeard = [...new Set(found.needsHeard)].slice(0, MOST);
  const { mail } = found;
  mail.delivered = delivered.size;
  const openedHere = [...opened].filter((id) => delivered.has(id));
  mail.opened = openedHere.length;
  mail.openRate = delivered.size === 0 ? null : openedHere.length / delivered.size;
  mail.openedSubjects = [...new Set(openedHere.map((id) => subjects.get(id)!))].slice(0, MOST);
  mail.links = [...new Set(mail.links)].slice(0, MOST);
  return found;
}

/** The simplest rule that is always appropriate: answer the inquiry, else talk about the content viewed last. */
function nextAction(events: readonly LeadlogEvent[], past: readonly Handoff[]): Dossier['nextAction'] {
  const latest = events.find((event) => ['InquiryReceived', 'ContentDownloaded', 'WebPageViewed', 'WebinarAttended'].includes(event.type));
  const again = past.length > 0 ? `; spoken to before, last ${past.at(-1)!.state}` : '';
  if (latest?.type === 'InquiryReceived') return { action: 'call back', reason: `asked for: ${latest.data.kind}${again}` };
  if (latest?.type === 'ContentDownloaded')
    return { action: 'call', reason: `downloaded ${latest.data.title ?? latest.data.assetId}${again}` };
  if (latest?.type === 'WebinarAttended') return { action: 'call', reason: `attended ${latest.data.webinarId}${again}` };
  return { action: 'call', reason: `${latest?.type === 'WebPageViewed' ? `read ${latest.data.url}` : 'became hot'}${again}` };
}

const time = (ms: number): string => new Date(ms).toISOString();
