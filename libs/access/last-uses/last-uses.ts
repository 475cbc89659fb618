import type { KeyUses } from './key-uses';

const WRITTEN_ONCE_MS = 60_000;

/** What a process tells of the uses of keys: each key once a minute, and nobody waits for it. */
export class LastUses {
  private readonly written = new Map<string, number>();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly uses: KeyUses,
    private readonly onWarning: (message: string, error: unknown) => void,
  ) {}

  /** `now`: ms. */
  saw(keyId: string, now: number): void {
    const last = this.written.get(keyId);
    if (last !== undefined && Math.abs(now - last) < WRITTEN_ONCE_MS) return;
    this.written.set(keyId, now);
    this.writing = this.writing
      .then(() => this.uses.note(keyId, now))
      .catch((error: unknown) => this.onWarning('when a key was last used will be written again in a minute', error));
  }

  /** Key → ms, to the minute. Nothing while it cannot be asked: who may come with which key is not to wait for it. */
  async all(): Promise<ReadonlyMap<string, number>> {
    try {
      await this.writing;
      return await this.uses.all();
    } catch (error) {
      this.onWarning('when keys were last used cannot be read', error);
      return new Map();
    }
  }

  async close(): Promise<void> {
    await this.writing;
    await this.uses.close();
  }
}
