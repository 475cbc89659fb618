import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LeadAssigned } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { webhookQueue } from '@leadlog/handoff';
import { LiveReadModels } from '@leadlog/projections';
import { backendsOf, getJson } from './engine-process';
import { hotLines, type Line } from './sent-lines.testing';

const HOURS =
  '{ mon: 00:00-24:00, tue: 00:00-24:00, wed: 00:00-24:00, thu: 00:00-24:00, fri: 00:00-24:00, sat: 00:00-24:00, sun: 00:00-24:00 }';
/** Of each but the first, who has the handoffs in the beginning and takes any number. */
const CAPACITY = 6;
const REPS = ['taker-0', 'taker-1', 'taker-2', 'taker-3'];
const LEADS = 45;
const PLANS = 12;
const HOUR = 3_600_000;

/** One that nobody answers, one that is accepted and one that is returned, in turn. */
const FATES = ['waits', 'accepted', 'returned'] as const;
interface Handoff {
  leadId: string;
  fate: (typeof FATES)[number];
  due: { accept: number; contact: number };
}

/**
 * What falls due while an engine is troubled: deadlines of handoffs that passed while none ran, or pass within so many seconds, with an
 * escalation to reps who take only so many; answers to some of them; days to look at leads again; planned actions; and an imported past.
 */
export class DueMoments {
  private readonly begun = Date.now();
  private readonly handoffs: Handoff[];
  /** Sent in any portions, and more than once. */
  readonly lines: Line[];
  /** To be sent with `?decisions=silent`. */
  readonly imported = hotLines('imported', 8);
  readonly env: Record<string, string>;

  constructor(
    private readonly folder: string,
    random: () => number,
    seconds: number,
  ) {
    const moment = (from: number): number => Math.round(from + random() * (this.begun + seconds * 1_000 - from));
    this.handoffs = Array.from({ length: LEADS }, (_, n) => {
      const accept = moment(this.begun - HOUR / 60);
      return { leadId: `due-${n}`, fate: FATES[n % FATES.length]!, due: { accept, contact: moment(accept) } };
    });
    this.lines = [...this.handoffs.flatMap((one) => this.answerTo(one)), ...Array.from({ length: PLANS }, (_, n) => this.plan(n)).flat()];
    this.env = {
      DUE_SECRET: Buffer.from('a secret of this test only').toString('base64'),
      LEADLOG_POLICY: this.document(
        'due-policy.yaml',
        `sla: { accept: 4h, contact: 24h }
escalation: { accept: { notify: [sfa], reassign: next }, contact: { notify: [sfa], reassign: next } }
destinations: [{ name: sfa, url: 'https://sfa.invalid/', secretEnv: DUE_SECRET }]`,
      ),
      LEADLOG_ORGANISATION: this.document(
        'due-organisation.yaml',
        `calendar: { timezone: Asia/Tokyo, country: none, hours: ${HOURS} }
teams: [{ id: takers, kind: inside }]
reps:
${REPS.map((id, n) => `  - { id: ${id}, team: takers${n === 0 ? '' : `, capacity: ${CAPACITY}`} }`).join('\n')}`,
      ),
    };
  }

  /** As an engine would have recorded it that has ended since. */
  async recordHandoffs(): Promise<void> {
    const { log, close } = await backendsOf(this.folder);
    const at = this.begun - HOUR;
    const events = this.handoffs.flatMap(({ leadId, due }) => {
      const of = { leadId, handoffId: `${leadId}.1` };
      const [acceptBy, contactBy] = [due.accept, due.contact].map((by) => new Date(by).toISOString());
      return [
        recorded('LeadHandedOff', { ...of, runId: `${leadId}.run-1`, acceptBy, contactBy }, { at }),
        recorded('LeadAssigned', { ...of, repId: REPS[0], teamId: 'takers', method: 'weighted' }, { at }),
      ];
    });
    for (const outcome of await log.appendMany(events.map(asAppend))) if (!outcome.ok) throw outcome.error;
    await close();
  }

  /** When the last of the moments is over. */
  get last(): number {
    return Math.max(...this.handoffs.map(({ due }) => due.contact));
  }

  /** What people see, of a running engine that is quiet: each lead to look at again and each planned action once. */
  async expectSeenOnce(url: string): Promise<void> {
    const seen = async (path: string) => (await getJson<{ items: { leadId: string; actionId?: string }[] }>(`${url}${path}`)).items;
    const revisits = await seen('/v1/revisits?limit=500');
    const wanted = this.handoffs.filter(({ fate }) => fate === 'returned').map(({ leadId }) => leadId);
    expect(revisits.map(({ leadId }) => leadId).sort()).toEqual(wanted.sort());
    const planned = (await seen('/v1/reps/planner/day?limit=500')).map(({ actionId }) => actionId);
    const open = Array.from({ length: PLANS }, (_, n) => `act-${n}`).filter((_, n) => n % 2 === 0);
    expect(planned.sort()).toEqual(open.sort());
  }

  /** Each deadline that was missed is recorded once, as of its moment and not before, and followed once; nothing for an imported past. */
  async expectFiredOnce(): Promise<void> {
    const { log, store, jobs, close } = await backendsOf(this.folder);
    const breaches = new Map<string, { id: string; told: boolean }[]>();
    const followed = new Map<string, number>();
    const holders = new Map<string, string[]>();
    const ofImported: string[] = [];
    for await (const { events } of log.read({ filter: { types: ['HandoffSlaBreached', 'LeadAssigned', 'LeadHandedOff'] } })) {
      for (const { id, type, data, stream, occurredAt, recordedAt, metadata } of events) {
        if (stream.startsWith('lead-imported-')) ofImported.push(type);
        const { handoffId, step, dueAt, notify } = data as { handoffId: string; step: string; dueAt: string; notify?: string[] };
        if (type === 'HandoffSlaBreached') {
          expect(occurredAt).toBe(Date.parse(dueAt));
          expect(recordedAt).toBeGreaterThanOrEqual(occurredAt);
          const name = `${handoffId} ${step} ${occurredAt}`;
          breaches.set(name, [...(breaches.get(name) ?? []), { id, told: notify !== undefined }]);
        } else if (type === 'LeadAssigned') {
          const { repId } = data as LeadAssigned;
          if (metadata.actor.id === 'handoff' && metadata.causationId !== undefined)
            followed.set(metadata.causationId, (followed.get(metadata.causationId) ?? 0) + 1);
          expect({ [handoffId]: holders.get(handoffId) ?? [] }).not.toEqual({ [handoffId]: expect.arrayContaining([repId]) as unknown });
          holders.set(handoffId, [...(holders.get(handoffId) ?? []), repId]);
        }
      }
    }
    expect(ofImported).toEqual([]);
    expect([...breaches].filter(([, { length }]) => length > 1)).toEqual([]);
    expect([...followed.values()].filter((times) => times > 1)).toEqual([]);

    const missed = this.handoffs.flatMap((one) => this.certainlyMissed(one));
    expect(missed.filter((name) => !breaches.has(name))).toEqual([]);
    // Some have gone on to others, each of whom has room for them.
    expect([...holders.values()].filter((reps) => reps.length > 1).length).toBeGreaterThan(CAPACITY);
    const view = await new LiveReadModels(store).view('handoffs');
    for (const rep of REPS.slice(1)) expect(await view.listSize(`inbox:rep:${rep}`)).toBeLessThanOrEqual(CAPACITY);
    for (const { leadId, fate } of this.handoffs)
      for (const [name, [breach]] of fate === 'waits' ? breaches : [])
        if (name.startsWith(`${leadId}.1 `))
          expect([name, await jobs.get(webhookQueue('sfa'), breach!.id)]).toEqual([name, expect.anything()]);
    await close();
  }

  /** Whenever what was told of the handoff has arrived; a return in time, for one, may have come before its deadline or after. */
  private certainlyMissed({ leadId, fate, due }: Handoff): string[] {
    return (['accept', 'contact'] as const)
      .filter((step) => fate === 'waits' || due[step] < this.begun || (fate === 'accepted' && step === 'contact'))
      .map((step) => `${leadId}.1 ${step} ${due[step]}`);
  }

  private answerTo({ leadId, fate }: Handoff): Line[] {
    const of = { handoffId: `${leadId}.1` };
    if (fate === 'waits') return [];
    if (fate === 'accepted') return [this.line('HandoffAccepted', leadId, { ...of, repId: REPS[0], takeOver: true })];
    const revisitOn = new Date(this.begun - 24 * HOUR).toISOString().slice(0, 10);
    return [this.line('LeadReturned', leadId, { ...of, runId: `${leadId}.run-1`, reason: '時期尚早', revisitOn })];
  }

  /** Due already; every second one is done. */
  private plan(n: number): Line[] {
    const [leadId, actionId] = [`planned-${n}`, `act-${n}`];
    const plan = { actionId, template: '資料を送る', dueAt: new Date(this.begun - n * HOUR).toISOString(), reason: '依頼された' };
    const planned = this.line('NextActionPlanned', leadId, plan, { actorkind: 'rep', actorid: 'planner' });
    return n % 2 === 0 ? [planned] : [planned, this.line('NextActionCompleted', leadId, { actionId, result: '送付済み' })];
  }

  private line(type: string, subject: string, data: object, more: object = {}): Line {
    const id = `${type}-${subject}`;
    const event = { specversion: '1.0', id, source: '/due', type, subject, time: new Date(this.begun).toISOString(), data, ...more };
    return { id, source: '/due', text: JSON.stringify(event), acknowledged: false };
  }

  private document(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }
}
