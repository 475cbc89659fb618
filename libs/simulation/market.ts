import { eventIdOf } from '@leadlog/events';
import { DAY, isWorkday, japaneseTime, readingMoment, startOfDay, weekday } from './business-calendar';
import type { CloudEvent, Send } from './cloud-event';
import type { Company, Person, Rep, SimulationOptions } from './company';
import { Random } from './random';
import type { Roster } from './roster';
import { SalesCycle } from './sales-cycle';
import { SalesProcess } from './sales-process';

const PAGES = ['product', 'product', 'case', 'price', 'career', 'other'] as const;
const PAPERS = ['設備保全DX 実践ガイド', '見積業務の標準化', '導入事例集', '現場データ活用入門'];
const SUBJECTS = ['現場の見える化セミナーのご案内', '新機能のお知らせ', '導入事例のご紹介', '展示会出展のご案内'];

interface Arrival {
  at: number;
  event: CloudEvent;
}

/**
 * All that customers do, and what sales does about it, as the systems of the company would send it: day by day, late events and exact
 * duplicates among them. The same options give the same events.
 */
export class Market {
  readonly people: readonly Person[];
  readonly sales: SalesProcess;
  private readonly cycle: SalesCycle | undefined;
  /** Arrivals of later days. */
  private readonly later = new Map<number, Arrival[]>();
  private today: Arrival[] = [];
  private dayStart = 0;
  private sent = 0;
  private told = 0;
  private readonly from: number;
  private readonly end: number;
  private readonly seed: number;
  private readonly random: Random;
  /** Puts an event on its way, with all that follows from it. */
  readonly send: Send;

  constructor(
    company: Company,
    { seed, from, to }: SimulationOptions,
    /** With one, sales also does what is around calls, meetings and deals. */
    roster?: Roster,
    ended?: (person: Person, day: number, bought: boolean) => void,
  ) {
    this.random = new Random(seed ^ 0x5eed);
    this.seed = seed;
    this.from = from.getTime();
    this.end = to.getTime();
    this.people = company.accounts.flatMap(({ people }) => people);
    this.cycle = roster && new SalesCycle(company, new Random(seed ^ 0xc1c1e), this.sendOnce, roster);
    this.send = this.cycle?.around(this.sendAsEver) ?? this.sendAsEver;
    this.cycle?.targets(startOfDay(this.from), this.end);
    this.sales = new SalesProcess(company, this.random, this.send, roster, ended);
  }

  /** What happens on the day that begins then. */
  begin(day: number): void {
    this.dayStart = day;
    this.today.push(...(this.later.get(day) ?? []));
    this.later.delete(day);
    const mailing =
      weekday(day) === 2
        ? `newsletter-${japaneseTime(day).slice(0, 10)}`
        : weekday(day) === 4 && Math.floor(day / DAY) % 14 < 7
          ? `product-mail-${japaneseTime(day).slice(0, 10)}`
          : undefined;
    const webinar = weekday(day) === 3 && isWorkday(day) ? `webinar-${japaneseTime(day).slice(0, 10)}` : undefined;
    for (const person of this.people) {
      person.warmth *= 0.93;
      if (!person.captured && person.capturedAt < day + DAY) this.capture(person);
      if (!person.captured || person.inDrawer) continue;
      if (mailing && !person.unsubscribed) this.mail(person, mailing);
      this.read(person);
      if (webinar) this.webinar(person, webinar);
    }
    if (isWorkday(day)) this.sales.day(day, this.people);
    this.cycle?.day(day);
  }

  /** What arrives before that moment, of all that has happened so far, in its order. */
  arrivals(before = Infinity): CloudEvent[] {
    const arrived = this.today.filter(({ at }) => at < before).sort((a, b) => a.at - b.at);
    this.today = this.today.filter(({ at }) => at >= before);
    return arrived.map(({ event }) => event);
  }

  /** Of somebody of the company, as their systems would send it: at once, and only once. */
  tell(id: string, ...[source, type, at, data, rep]: Parameters<Send>): void {
    if (at >= this.from && at < this.end) this.arrive(eventOf(id, source, type, at, data, rep), at);
  }

  /** Puts an event on its way; one in fifty arrives late, one in two hundred twice. */
  private readonly sendAsEver: Send = (source, type, at, data, rep) => {
    const event = eventOf(`s${this.seed}-${(this.sent += 1)}`, source, type, at, data, rep);
    if (at < this.from || at >= this.end) return event;
    this.arrive(event, this.random.chance(0.02) ? at + this.random.next() * 3 * DAY : at);
    if (this.random.chance(0.005)) this.arrive(event, at + this.random.next() * 2 * DAY);
    return event;
  };

  private readonly sendOnce: Send = (source, type, at, data, rep) => {
    const event = eventOf(`c${this.seed}-${(this.told += 1)}`, source, type, at, data, rep);
    if (at >= this.from && at < this.end) this.arrive(event, at);
    return event;
  };

  private arrive(event: CloudEvent, at: number): void {
    const day = startOfDay(Math.min(at, this.end - 1));
    if (day <= this.dayStart) this.today.push({ at, event });
    else {
      const list = this.later.get(day);
      if (list) list.push({ at, event });
      else this.later.set(day, [{ at, event }]);
    }
  }

  private capture(person: Person): void {
    const { account, leadId, name, email, title, department, channel, campaignId } = person;
    const at = Math.max(person.capturedAt, this.from);
    person.captured = true;
    const online = channel === 'form' || channel === 'ad';
    // Whoever comes over the web has looked around before saying who he is.
    if (online) {
      for (let n = this.random.whole(1, 4); n > 0; n -= 1) this.page(person, at - n * 240_000, { visitorId: person.visitorId });
    }
    const profile = { name, email, company: account.name, department, title, industry: account.industry, employees: account.employees };
    this.send('/crm', 'LeadCaptured', at, {
      leadId,
      accountId: account.id,
      channel,
      ...(campaignId && { campaignId }),
      region: account.region,
      profile,
    });
    if (online) {
      this.send('/web', 'VisitorIdentified', at + 1_000, { leadId, visitorId: person.visitorId, method: 'form' });
      person.identified = true;
    }
    if (channel === 'card') {
      this.send(
        '/cards',
        'BusinessCardExchanged',
        at,
        { leadId, cardId: `card-${leadId}`, repId: account.field.id, place: this.random.chance(0.7) ? 'onsite' : 'online' },
        account.field,
      );
    }
    // A second form with a private address: two leads of one person, found and merged a week later.
    if (this.random.chance(0.008)) {
      const twin = `${leadId}-b`;
      this.send('/crm', 'LeadCaptured', at + DAY, {
        leadId: twin,
        accountId: account.id,
        channel: 'form',
        profile: { name, email: `${leadId}@mail.example`, company: account.name },
      });
      this.send('/web', 'ContentDownloaded', at + DAY + 60_000, { leadId: twin, assetId: 'wp-1', kind: 'whitepaper', title: PAPERS[0] });
      this.send('/crm', 'LeadsMerged', at + 7 * DAY, { survivorId: leadId, mergedId: twin });
    }
  }

  private mail(person: Person, mailing: string): void {
    const identity = { email: person.email };
    const messageId = `${mailing}/${person.leadId}`;
    const at = this.dayStart + 10 * 3_600_000 + this.random.next() * 600_000;
    this.send('/mail', 'EmailDelivered', at, {
      identity,
      messageId,
      mailingId: mailing,
      subject: this.random.pick(SUBJECTS),
      topics: ['iot'],
    });
    if (this.random.chance(0.1)) this.send('/mail', 'EmailOpened', at + 2_000, { identity, messageId, machineLikelihood: 0.97 });
    if (!this.random.chance(Math.min(0.8, 0.16 * person.curiosity * this.interest(person)))) return;
    const opened = Math.max(at + 60_000, readingMoment(this.dayStart, this.random));
    this.send('/mail', 'EmailOpened', opened, { identity, messageId, machineLikelihood: this.random.chance(0.95) ? 0.05 : 0.4 });
    person.warmth += 0.2;
    if (this.random.chance(0.004)) {
      this.send('/mail', 'EmailUnsubscribed', opened + 20_000, { identity, messageId });
      person.unsubscribed = true;
    } else if (this.random.chance(0.12 * this.interest(person))) {
      this.send('/mail', 'EmailLinkClicked', opened + 30_000, {
        identity,
        messageId,
        url: 'https://www.leadlog.example/news',
        botLikelihood: 0.03,
      });
      person.warmth += 0.6;
      if (!person.identified) {
        this.send('/web', 'VisitorIdentified', opened + 31_000, { identity, visitorId: person.visitorId, method: 'mailLink' });
        person.identified = true;
      }
    }
    // A scanner follows every link; it is found out an hour later.
    if (this.random.chance(0.003)) {
      const click = this.send('/mail', 'EmailLinkClicked', at + 1_000, {
        identity,
        messageId,
        url: 'https://www.leadlog.example/price',
        botLikelihood: 0.2,
      });
      this.send('/mail', 'TouchpointInvalidated', at + 3_600_000, {
        identity,
        targetEventId: eventIdOf(click.source, click.id),
        reason: 'bot',
      });
    }
  }

  private read(person: Person): void {
    const rhythm = isWorkday(this.dayStart) ? 1 : 0.25;
    const visits = this.random.poisson(0.035 * rhythm * person.curiosity * this.interest(person));
    for (let visit = 0; visit < visits; visit += 1) {
      const at = readingMoment(this.dayStart, this.random);
      const reference: Record<string, string> = person.identified ? { visitorId: person.visitorId } : { email: person.email };
      const pages = this.random.whole(1, 3);
      for (let n = 0; n < pages; n += 1) this.page(person, at + n * 45_000, reference);
      if (this.random.chance(0.12 * this.interest(person))) {
        const paper = this.random.whole(1, PAPERS.length);
        this.send('/web', 'ContentDownloaded', at + 180_000, {
          identity: reference,
          assetId: `wp-${paper}`,
          kind: this.random.chance(0.15) ? 'priceList' : 'whitepaper',
          title: PAPERS[paper - 1],
        });
        person.warmth += 2;
      }
      if (this.random.chance(0.012 * this.interest(person))) {
        this.send('/web', 'InquiryReceived', at + 240_000, {
          identity: { email: person.email },
          kind: this.random.pick(['demo', 'quote', 'document', 'contact']),
          text: '資料と概算見積をお願いします。',
        });
        person.warmth += 5;
      }
    }
  }

  private page(person: Person, at: number, identity: Record<string, string>): void {
    const category = this.inProject(person, at) && this.random.chance(0.3) ? 'price' : this.random.pick(PAGES);
    this.send('/web', 'WebPageViewed', at, {
      identity,
      url: `https://www.leadlog.example/${category}/${this.random.whole(1, 20)}`,
      category,
      dwellMs: this.random.whole(2_000, 90_000),
    });
    person.warmth += category === 'price' ? 1 : 0.3;
  }

  private webinar(person: Person, webinarId: string): void {
    if (!this.random.chance(0.006 * person.curiosity * this.interest(person))) return;
    const { leadId } = person;
    this.send('/webinar', 'WebinarRegistered', this.dayStart + 9 * 3_600_000, { leadId, webinarId });
    if (!this.random.chance(0.65)) return;
    const end = this.dayStart + 16 * 3_600_000;
    this.send('/webinar', 'WebinarAttended', end, { leadId, webinarId, minutes: this.random.whole(15, 60), live: true });
    person.warmth += 2;
    if (this.random.chance(0.5)) {
      const answer = this.inProject(person, end) ? this.random.pick(['3か月以内', '半年以内']) : this.random.pick(['未定', '情報収集のみ']);
      this.send('/webinar', 'SurveyAnswered', end + 600_000, {
        leadId,
        surveyId: `survey-${webinarId}`,
        answers: [{ question: '導入時期はいつごろですか', answer }],
      });
    }
  }

  /** What a project does to all that its people do. */
  private interest(person: Person): number {
    return this.inProject(person, this.dayStart) ? 2 + 3 * person.winProbability : 0.7;
  }

  private inProject({ account: { project } }: Person, at: number): boolean {
    return project !== undefined && at >= project.from && at < project.to;
  }
}

function eventOf(id: string, source: string, type: string, at: number, data: Record<string, unknown>, rep?: Rep): CloudEvent {
  const actor = rep && ({ actorkind: 'rep', actorid: rep.id, actorteam: rep.teamId } as const);
  return { specversion: '1.0', id, source, type: `com.example.${type}`, time: japaneseTime(at), data, ...actor };
}
