import { Module, type DynamicModule } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { IDENTITY_NAMES, MergeDecisions, type IdentityNames } from '@leadlog/lead';
import { CLOCK, type Clock } from '@leadlog/time';
import { Ingestion, type IngestionOptions } from './ingestion';
import { GetEventTypeHandler, ListEventTypesHandler, RecordAllOrNoneHandler, RecordEventsHandler } from './ingestion.handlers';

/** Takes events in, and says which there are. EVENT_LOG, CLOCK, MergeDecisions and IDENTITY_NAMES come from the app. */
@Module({})
export class IngestionModule {
  static for(options: Pick<IngestionOptions, 'teamOf' | 'membersOf' | 'forgotten' | 'correlationId' | 'noticesOf'>): DynamicModule {
    const ingestion = {
      provide: Ingestion,
      useFactory: (log: EventLog, clock: Clock, merges: MergeDecisions, names: IdentityNames) =>
        new Ingestion(log, { clock, merges, names, ...options }),
      inject: [EVENT_LOG, CLOCK, MergeDecisions, IDENTITY_NAMES],
    };
    const handlers = [RecordEventsHandler, RecordAllOrNoneHandler, ListEventTypesHandler, GetEventTypeHandler];
    return { module: IngestionModule, providers: [ingestion, ...handlers] };
  }
}
