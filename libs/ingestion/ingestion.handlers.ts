import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog, type Position } from '@leadlog/event-log';
import { catalogue, nearestEventType, type EventDefinition } from '@leadlog/events';
import { Ingestion, type IngestResult } from './ingestion';
import type { ParsedEvent } from './cloudevents';

/**
 * Records a slice of events: one, a batch, some lines. It is answered as soon as each event has its lead, so that the next slice of the
 * same sender may follow; `recorded` has one result for each event, in their order, once they are durable. Both reject with
 * IngestionUnavailable.
 */
export class RecordEvents extends Command<{ recorded: Promise<IngestResult[]> }> {
  constructor(readonly events: readonly ParsedEvent[]) {
    super();
  }
}

@CommandHandler(RecordEvents)
export class RecordEventsHandler implements ICommandHandler<RecordEvents> {
  constructor(@Inject(Ingestion) private readonly ingestion: Ingestion) {}

  async execute({ events }: RecordEvents) {
    const resolved = await this.ingestion.resolve(events);
    // Not awaited: what the first slice appends goes on while the next one is resolved.
    return { recorded: this.ingestion.append(resolved) };
  }
}

/**
 * Records all of these events, or none: what was wrong with them, by their places. A log that fails half-way may leave some of them recorded;
 * told again, they become duplicates and the others follow. Rejects with IngestionUnavailable.
 */
export class RecordAllOrNone extends Command<{ recorded: IngestResult[] } | { refused: ReadonlyMap<number, IngestResult> }> {
  constructor(readonly events: readonly ParsedEvent[]) {
    super();
  }
}

@CommandHandler(RecordAllOrNone)
export class RecordAllOrNoneHandler implements ICommandHandler<RecordAllOrNone> {
  constructor(@Inject(Ingestion) private readonly ingestion: Ingestion) {}

  async execute({ events }: RecordAllOrNone) {
    const resolved = await this.ingestion.resolve(events);
    const refused = await this.ingestion.refusedOf(resolved);
    return refused ? { refused } : { recorded: await this.ingestion.append(resolved) };
  }
}

/** Every type of event that may be sent. */
export class ListEventTypes extends Query<{ types: EventDefinition[]; through: Position }> {}

@QueryHandler(ListEventTypes)
export class ListEventTypesHandler implements IQueryHandler<ListEventTypes> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute() {
    return { types: [...catalogue.values()], through: await this.log.head() };
  }
}

/** One type of event; of a name that none has, the nearest that one has. */
export class GetEventType extends Query<EventDefinition | { nearest: string }> {
  constructor(readonly type: string) {
    super();
  }
}

@QueryHandler(GetEventType)
export class GetEventTypeHandler implements IQueryHandler<GetEventType> {
  async execute({ type }: GetEventType) {
    return catalogue.get(type) ?? { nearest: nearestEventType(type) };
  }
}
