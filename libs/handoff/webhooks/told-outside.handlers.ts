import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { decode, leadStream, type LeadlogEvent } from '@leadlog/events';
import { toldOutside, type ToldOutside } from './told-outside';

/** What destinations were told about these leads, or were due to be told; the latest first. */
export class ListToldOutside extends Query<ToldOutside[]> {
  constructor(readonly leadIds: readonly string[]) {
    super();
  }
}

@QueryHandler(ListToldOutside)
export class ListToldOutsideHandler implements IQueryHandler<ListToldOutside> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ leadIds }: ListToldOutside) {
    const told: ToldOutside[] = [];
    for (const leadId of leadIds) {
      const events: LeadlogEvent[] = [];
      for await (const page of this.log.readStream(leadStream(leadId))) events.push(...page.map(decode));
      told.push(...toldOutside(events));
    }
    return told.sort((a, b) => b.at - a.at);
  }
}
