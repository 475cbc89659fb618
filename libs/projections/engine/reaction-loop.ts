import type { EventLog, Position } from '@leadlog/event-log';
import { NotBuiltYet, NotReached, type ReadModels, type ReadModelView } from '../read-models';
import type { Reaction } from '../reaction';
import type { ListEntry, ReadModelStore } from '../store';
import { Leases } from './leases';
import { LiveReadModels, type Readable } from './live-read-models';

const PAGE = 500;
/** Reactions at work at the same time; their appends share commits. */
const CONCURRENCY = 64;
const AFTER_ERROR_MS = 1_000;
const LONGEST_SLEEP_MS = 60_000;

export interface ReactionLoopOptions {
  reactions: readonly Reaction[];
  log: EventLog;
  store: ReadModelStore;
  clock: () => number;
  /** Reactions wait for a generation that is. */
  readable?: Readable;
  /** As of the engine. */
  worker?: string;
  leases?: { ttlMs: number; everyMs: number };
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * Drains the lists of live generations, of the keys in the slices that this worker holds for it. Woken by commits and by the next
 * due time; a key that has been acted on is left alone until the read model has passed what was appended for it. When slices
 * change hands, two may act for one key: all that a reaction does is safe to repeat.
 */
export class ReactionLoop {
  private reactions: readonly Reaction[];
  private stopping = false;
  private woken = false;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private unwatch: (() => void) | undefined;
  private readonly readModels: ReadModels;
  private readonly leases: Leases;
  /**
   * Reaction and its projection, key and rank (another rank is another matter) → the position the read model must have passed, or the time
   * to try again after an error.
   */
  private readonly waiting = new Map<string, { through?: Position; until?: number }>();

  constructor(private readonly options: ReactionLoopOptions) {
    const { store, readable, worker, leases, onWarning } = options;
    this.reactions = options.reactions;
    this.readModels = new LiveReadModels(store, readable);
    this.leases = new Leases({
      store,
      group: 'reactions',
      worker,
      ...leases,
      onWarning,
      onChange: () => {
        this.wake();
        return Promise.resolve();
      },
    });
  }

  async start(): Promise<void> {
    if (this.reactions.length === 0) return;
    await this.leases.start();
    // After every commit, also while others wait: a steady stream must not keep reactions from running.
    this.unwatch = this.options.store.watch(() => this.wake());
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.unwatch?.();
    this.wake();
    await this.running;
    await this.leases.stop();
  }

  /** From now on these. */
  react(reactions: readonly Reaction[]): void {
    this.reactions = reactions;
    this.wake();
  }

  private wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      let next = LONGEST_SLEEP_MS;
      for (const reaction of this.reactions) {
        try {
          next = Math.min(next, await this.drain(reaction));
        } catch (error) {
          if (!isNotYet(error)) this.options.onWarning?.(`reaction ${reaction.name} will be tried again`, error);
          next = Math.min(next, AFTER_ERROR_MS);
        }
        if (this.stopping) return;
      }
      if (!this.woken) await this.sleep(next);
    }
  }

  /** Acts for every key that is due. Answers in how many ms the next one will be. */
  private async drain(reaction: Reaction): Promise<number> {
    const view = await this.readModels.view(reaction.projection);
    const now = this.options.clock();
    let retryIn = LONGEST_SLEEP_MS;
    let after: ListEntry | undefined;
    for (;;) {
      const page = await view.list(reaction.list, { max: now, limit: PAGE, after });
      const due: ListEntry[] = [];
      for (const entry of page) {
        if (!this.leases.owns(entry.key)) continue;
        const wait = this.waiting.get(nameOf(reaction, entry));
        if (wait?.until !== undefined && wait.until > now) retryIn = Math.min(retryIn, wait.until - now);
        else if (wait?.through !== undefined && wait.through > view.through) continue;
        else due.push(entry);
      }
      for (let at = 0; at < due.length && !this.stopping; at += CONCURRENCY) {
        const again = await Promise.all(due.slice(at, at + CONCURRENCY).map((entry) => this.act(reaction, entry, view)));
        retryIn = Math.max(1, Math.min(retryIn, ...again.map((time) => time - this.options.clock())));
      }
      after = page.at(-1);
      if (page.length < PAGE || this.stopping) break;
    }
    this.forgetPassed(view.through);
    const [coming] = await view.list(reaction.list, { min: now + 1, limit: 1 });
    return Math.min(retryIn, coming ? Math.max(1, coming.rank - this.options.clock()) : LONGEST_SLEEP_MS);
  }

  /** Answers the time at which to look at the key again even if nothing has changed. */
  private async act(reaction: Reaction, entry: ListEntry, view: ReadModelView): Promise<number> {
    const { key, rank } = entry;
    const name = nameOf(reaction, entry);
    try {
      const answer = await reaction.react(key, rank, view);
      if (typeof answer === 'object') {
        this.waiting.set(name, { until: answer.notBefore });
        return answer.notBefore;
      }
      // What was stale is looked at again when the read model has come to where the log is now.
      this.waiting.set(name, { through: answer === 'again' ? await this.options.log.head() : answer });
      return Infinity;
    } catch (error) {
      const until = this.options.clock() + AFTER_ERROR_MS;
      this.waiting.set(name, { until });
      if (!isNotYet(error)) this.options.onWarning?.(`reaction ${reaction.name} for ${key} will be tried again`, error);
      return until;
    }
  }

  private forgetPassed(through: Position): void {
    for (const [name, wait] of this.waiting) {
      if (wait.through !== undefined ? wait.through <= through : wait.until! <= this.options.clock()) this.waiting.delete(name);
    }
  }

  private async sleep(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      timer = setTimeout(resolve, ms);
      timer.unref();
    });
    clearTimeout(timer);
  }
}

function nameOf(reaction: Reaction, { key, rank }: ListEntry): string {
  return `${reaction.name} ${reaction.projection} ${key} ${rank}`;
}

/** Part of every start and of every switch. */
const isNotYet = (error: unknown): boolean => error instanceof NotBuiltYet || error instanceof NotReached;
