import { Inject, Injectable } from '@nestjs/common';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { CLOCK, type Clock } from '@leadlog/time';
import type { AccessWriter } from './change-keys';
import { KnownAccess } from './known-access';

/** Changes of keys, people and sessions, each known here when whoever asked for it is answered. */
@Injectable()
export class AccessChanges {
  private readonly writer: Omit<AccessWriter, 'actor'>;

  constructor(
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(CLOCK) clock: Clock,
    private readonly access: KnownAccess,
  ) {
    this.writer = { log, clock };
  }

  async make<T>(change: (writer: Omit<AccessWriter, 'actor'>) => Promise<T>): Promise<T> {
    const made = await change(this.writer);
    await this.access.refresh();
    return made;
  }
}
