import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { throughOf, type ArchiveFiles } from '@leadlog/archive';
import type { EventLog, Position } from '@leadlog/event-log';
import { isFinal } from '@leadlog/errors';
import { writeGeneration } from './generation-files';
import { FACTS, ReplayMovedOn, replaysOf, STATES, type KeptReplay, type KeptReplays } from './kept-replays';
import { keptForm, type PartMade, type PartTask } from './replay-part';
import { WrongReplay } from './replay-report';

/** Checked again after this long even without news of the archive, for example if the last attempt failed. */
const LOOK_EVERY_MS = 60_000;

/**
 * Runs the code of a report where it cannot harm the caller. Rejects with FoldFailed, WrongReplay or ReplayStopped where the code is to
 * blame.
 */
export type RunPart = (code: string, task: PartTask, signal: AbortSignal) => Promise<PartMade>;

const PART = 'part-0.parquet';

export interface LiveReplaysOptions {
  files: ArchiveFiles;
  log: Pick<EventLog, 'head'>;
  /** IANA name of the tenant's time zone. */
  timezone: string;
  clock: () => number;
  run: RunPart;
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * Keeps live replays up to date with the archive: on each check, those that are behind get a new generation. So does, once, any kept replay in
 * which something personal may be, up to where it was. One whose code fails is stopped and keeps its last generation; other failures are
 * retried.
 */
export class LiveReplays {
  private readonly kept: KeptReplays;
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;
  private woken = new AbortController();

  constructor(private readonly options: LiveReplaysOptions) {
    this.kept = replaysOf(options.files);
  }

  start(): void {
    this.looking ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.woken.abort();
    await this.looking;
  }

  /** There may be something to do. */
  wake(): void {
    this.woken.abort();
  }

  /** One look at each. */
  async look(): Promise<void> {
    for (const replay of this.kept.all()) {
      const follows = replay.live || replay.personal !== false;
      if (follows && !replay.stopped && !this.stopping.signal.aborted) await this.follow(replay);
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = new AbortController();
      await this.look().catch((error: unknown) => this.options.onWarning?.('replays that are kept live are waiting', error));
      if (!this.stopping.signal.aborted) await sleep(LOOK_EVERY_MS, undefined, { signal: this.woken.signal }).catch(() => undefined);
    }
  }

  private async follow(replay: KeptReplay): Promise<void> {
    const { name } = replay;
    const { clock, onWarning } = this.options;
    try {
      const until = await this.until(replay);
      if (until !== undefined) await this.advance(replay, until);
    } catch (error) {
      // What it was made in goes with the replay, so that anything may fail then.
      if (this.stopping.signal.aborted || error instanceof ReplayMovedOn || !this.kept.isNewest(replay)) return;
      const { message } = error as Error;
      if (!isFinal(error)) return onWarning?.(`the replay ${name} is waiting`, error);
      onWarning?.(`the replay ${name} is stopped: ${message}`);
      this.stopFollowing(replay, { at: new Date(clock()).toISOString(), error: message });
    }
  }

  private stopFollowing(replay: KeptReplay, stopped: NonNullable<KeptReplay['stopped']>): void {
    try {
      this.kept.stop(replay, stopped);
    } catch (error) {
      if (!(error instanceof ReplayMovedOn)) this.options.onWarning?.(`the stopping of replay ${replay.name} could not be recorded`, error);
    }
  }

  /** Up to where it is to be brought: where the archive is; undefined: nowhere. */
  private async until({ position, form, live, personal }: KeptReplay): Promise<Position | undefined> {
    const { files, log, timezone } = this.options;
    const manifest = files.read();
    if (!manifest) return undefined;
    const through = throughOf(manifest);
    if (!live) return through >= position ? position : undefined;
    if (through === position && personal !== false) return through;
    if (through > position || (through === position && form !== keptForm(timezone))) return through;
    // The archive comes after; unless the log was restored from a backup, and what is known was never recorded.
    return through < position && (await log.head()) < position ? through : undefined;
  }

  private async advance(replay: KeptReplay, until: Position): Promise<void> {
    const { files, timezone, clock, run } = this.options;
    const { name, source, code, from, to, live, personal, position, lastEvent, form, folder, number } = replay;
    checkOwner(replay);
    const making = this.kept.begin(name, 'known');
    try {
      // One in which something personal may be is made from the start, whatever else is true of it.
      const goesOn = live && personal === false && position <= until;
      const previous = goesOn ? { position, lastEvent, form, states: join(folder, STATES) } : undefined;
      const made = await run(
        code,
        { span: { from, to, until }, part: 0, parts: 1, file: join(making, PART), live, previous },
        this.stopping.signal,
      );
      const written = await writeGeneration(files.folder, making, [PART], live, made.whole ? undefined : replay);
      const { key, lastEvent: last } = made;
      const generation = {
        name,
        source,
        code,
        from,
        to,
        live,
        position: until,
        lastEvent: last,
        form: keptForm(timezone),
        key,
        madeAt: new Date(clock()).toISOString(),
        personal: false as const,
        ...written,
      };
      this.kept.publish(making, generation, clock(), number + 1);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
}

/**
 * Code in the archive's folder runs with the rights of the worker, so it must belong to a user who has these rights anyway: otherwise,
 * anyone who can write there could act as the worker. Throws WrongReplay.
 */
function checkOwner({ name, folder }: KeptReplay): void {
  const file = join(folder, FACTS);
  const { uid, mode } = statSync(file);
  const own = process.getuid?.() ?? uid;
  if ((uid === own || uid === 0) && (mode & 0o022) === 0) return;
  throw new WrongReplay(
    `${file} holds code, and belongs to user ${uid} with mode ${(mode & 0o777).toString(8)}; expected user ${own} or 0, and no write access for others. Replay ${name} again as the user that the worker runs as`,
  );
}
