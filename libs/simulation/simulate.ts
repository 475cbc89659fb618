import { DAY, startOfDay } from './business-calendar';
import type { CloudEvent } from './cloud-event';
import { companyOf, type SimulationOptions } from './company';
import { Market } from './market';
import { Roster } from './roster';

/**
 * Half a year or whatever span of a made-up Japanese B2B company, as its systems would send it: CloudEvents in the order
 * in which they arrive, late ones and exact duplicates among them. The same options give the same events.
 */
export function* simulate(options: SimulationOptions): Generator<CloudEvent> {
  const company = companyOf(options);
  const market = new Market(company, options, options.cycle ? new Roster(company, options) : undefined);
  const end = options.to.getTime();
  for (let day = startOfDay(options.from.getTime()); day < end; day += DAY) {
    market.begin(day);
    yield* market.arrivals();
  }
}

/** The chance of each lead to be won, as the simulation knows it and nobody in it does. */
export function truthOf(options: SimulationOptions): Map<string, number> {
  const { accounts } = companyOf(options);
  return new Map(accounts.flatMap(({ people }) => people.map((person) => [person.leadId, person.winProbability])));
}

/** Who works there, in which teams, and when (YAML), as the sales cycle of the simulation goes by it. */
export function organisationOf(options: SimulationOptions): string {
  return new Roster(companyOf(options), options).document;
}
