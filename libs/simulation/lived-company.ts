import { DAY, isWorkday, startOfDay } from './business-calendar';
import type { CloudEvent } from './cloud-event';
import { companyOf, type SimulationOptions } from './company';
import { HandedLeads, type HandedLead } from './handed-leads';
import { Market } from './market';
import { Roster } from './roster';

const HOUR = 3_600_000;
/** When sales looks at what it has been handed, since midnight. */
const LOOKS = [9.1, 11, 14, 17].map((hour) => hour * HOUR);
/** That an inside rep still makes to others in a day. */
const CALLS_BESIDE = 5;

/**
 * The simulated company beside an engine that decides: what it sends depends on whom the engine hands off, to whom and when. The same options
 * and the same decisions give the same events.
 */
export class LivedCompany {
  private readonly market: Market;
  private readonly handed: HandedLeads;
  private readonly roster: Roster;
  private day: number;

  constructor(options: SimulationOptions) {
    const company = companyOf(options);
    this.roster = new Roster(company, options);
    this.market = new Market(company, options, this.roster, (...end) => this.handed.ended(...end));
    this.handed = new HandedLeads(company, this.roster, this.market, options.seed);
    this.day = startOfDay(options.from.getTime());
    this.market.begin(this.day);
  }

  /** Who works there, in which teams, and when (YAML). */
  get organisation(): string {
    return this.roster.document;
  }

  /** What arrives before that moment and has not been asked for yet, in its order. */
  *until(before: number): Generator<CloudEvent> {
    for (;;) {
      const end = Math.min(before, this.day + DAY);
      this.handed.act(end);
      yield* this.market.arrivals(end);
      if (before <= this.day + DAY) return;
      this.day += DAY;
      this.market.begin(this.day);
    }
  }

  /** The engine has come to this moment, at which these wait for an answer. */
  handedOff(leads: readonly HandedLead[], now: number): void {
    this.market.sales.callsADay = CALLS_BESIDE;
    this.handed.take(leads, now);
  }

  /**
   * The moment up to which nothing that anybody does depends on what the engine decides meanwhile: the next look at what sales was handed, or
   * a deadline, or just before one that somebody is in time for.
   */
  nextLook(now: number): number {
    let look = Infinity;
    for (let day = startOfDay(now); look === Infinity; day += DAY)
      if (isWorkday(day)) look = Math.min(...LOOKS.map((time) => day + time).filter((at) => at > now));
    return Math.min(look, this.handed.nextLook(now));
  }
}
