import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import { ACCESS_STREAM, type EventType } from '@leadlog/events';
import { accessKeys, unaccepted, type AccessKey, type AccessKeys, type Holder, type Unaccepted } from './access-keys';
import { keyIdIn } from './key-text';

const TYPES: readonly EventType[] = ['AccessKeyCreated', 'AccessKeyRotated', 'AccessKeyRevoked'];
const AGAIN_MS = 500;

export type Verdict = { holder: Holder } | { refused: Unaccepted | 'no-key' | 'not-read' };

/**
 * The keys that a process accepts: those of the log, which it reads at its start and follows, and the owner key in a file where there is
 * one. A key that one process revokes is refused by all as soon as the log tells them.
 */
export class KnownKeys {
  private keys: AccessKeys = accessKeys.initial();
  private revision = -1n;
  private through: Position = START;
  private isRead = false;
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    /** The owner key that stands in a file, as it is now. */
    private readonly ofFile: () => AccessKey | undefined = () => undefined,
    private readonly onWarning: (message: string, error?: unknown) => void = () => undefined,
  ) {}

  /** Reads those that there are. */
  async open(): Promise<void> {
    const head = await this.log.head();
    for await (const page of this.log.readStream(ACCESS_STREAM, { from: this.revision + 1n })) page.forEach((event) => this.take(event));
    this.through = head;
    this.isRead = true;
  }

  follow(): void {
    this.following = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /** The owner key that stands in a file, if there is one. Where the log has revoked it, it stays so. */
  keyOfFile(): AccessKey | undefined {
    const ofFile = this.ofFile();
    const revokedAt = ofFile && this.keys.get(ofFile.keyId)?.revokedAt;
    return revokedAt === undefined ? ofFile : { ...ofFile!, revokedAt };
  }

  all(): AccessKey[] {
    const ofFile = this.keyOfFile();
    return [...(ofFile ? [ofFile] : []), ...[...this.keys.values()].filter(({ keyId }) => keyId !== ofFile?.keyId)];
  }

  /** A hash, a look into a map and a comparison: some microseconds. */
  check(text: string, now: number): Verdict {
    const keyId = keyIdIn(text);
    if (keyId === undefined) return { refused: 'no-key' };
    const ofFile = this.keyOfFile();
    const key = ofFile?.keyId === keyId ? ofFile : this.keys.get(keyId);
    const reason = unaccepted(key, text, now);
    if (reason === undefined) return { holder: key! };
    return { refused: reason === 'unknown' && !this.isRead ? 'not-read' : reason };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (!this.isRead) await this.open();
        for await (const { events, through } of this.log.subscribe({ after: this.through, filter: { types: TYPES }, signal })) {
          events.forEach((event) => this.take(event));
          this.through = through;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.onWarning('access keys will be read again', error);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One that is read again changes nothing. */
  private take(event: Parameters<typeof accessKeys.evolve>[1]): void {
    if (event.revision <= this.revision) return;
    this.keys = accessKeys.evolve(this.keys, event);
    this.revision = event.revision;
  }
}
