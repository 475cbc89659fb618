import {
  LogOver,
  LogUnavailable,
  type Append,
  type Appended,
  type AppendOutcome,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
} from '@leadlog/event-log';
import { partedData } from './sealed-data';

/**
 * A log in which what is personal is recorded in clear, as long as there are no keys for it. Once another program has made some, whatever is
 * still recorded in clear would stay so for good, and an identity would be claimed under a name that nobody looks under first.
 */
export class UnsealedEventLog extends LogOver {
  constructor(
    stored: EventLog,
    private readonly thereAreKeys: () => boolean,
  ) {
    super(stored);
  }

  override async append(stream: string, events: readonly NewEvent[], { expected }: { expected: ExpectedRevision }): Promise<Appended> {
    const [outcome] = await this.appendMany([{ stream, events, expected }]);
    if (!outcome!.ok) throw outcome!.error;
    return outcome!.value;
  }

  override async appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    if (!this.thereAreKeys() || !appends.some(({ events }) => events.some(tellsWho))) return this.log.appendMany(appends);
    const error = new LogUnavailable(
      'closed',
      'there are keys of personal data since this program started, and it has none: nothing personal is recorded in clear any more. Set LEADLOG_MASTER_KEY_FILE as the other programs have it, and start this one again',
    );
    return appends.map(() => ({ ok: false, error }));
  }
}

const tellsWho = ({ type, data }: NewEvent): boolean => type === 'IdentityClaimed' || partedData(type, data) !== undefined;
