import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, syncFile, VIEWS, type ArchiveFiles } from '@leadlog/archive';
import { LeadlogError } from '@leadlog/errors';
import type { Position } from '@leadlog/event-log';
import { nearest, shown } from '@leadlog/events';
import { WrongReplay } from './replay-report';

/** The result of a replay as kept: everything needed to describe it and to continue from it. */
export interface Generation {
  name: string;
  /** The file that was run, as given. */
  source: string;
  /** JavaScript of that file. */
  code: string;
  /** Days on which events happened, YYYY-MM-DD; `to` is not included. */
  from?: string;
  to?: string;
  /** Whether it is kept live. */
  live: boolean;
  /** Includes every event up to here. */
  position: Position;
  /** Id of the last event up to there; a different id means a different log. */
  lastEvent: string | null;
  /** Form of the events and states; if it changes, the replay is made again. */
  form: string;
  /** Column of the archive whose values the keys are. */
  key: string;
  /** RFC 3339. */
  madeAt: string;
  /** Nothing personal is in it. Absent: it was made while the archive still held what was recorded in clear. */
  personal?: false;
  documents: number;
  /** Columns of its documents, in their order. */
  columns: readonly { name: string; type: string }[];
}

export interface KeptReplay extends Generation {
  /** Increases by one with every generation of the name. */
  number: number;
  folder: string;
  /** Name in SQL. */
  view: string;
  /** When and why keeping it live failed; it is not retried. */
  stopped?: { at: string; error: string };
}

export class UnknownReplay extends LeadlogError {
  readonly kind = 'unknown';

  constructor(name: string, known: readonly string[]) {
    super(
      `expected a kept replay: ${known.length === 0 ? 'none is' : `one of ${known.join(', ')}; the nearest is ${nearest(name, known)}`}, got ${shown(name)}`,
    );
  }
}

/** Another process has made this generation, or the replay was dropped. */
export class ReplayMovedOn extends LeadlogError {
  readonly kind = 'conflict';

  constructor(name: string) {
    super(`${name} was dropped or replayed in the meantime`);
  }
}

export const DOCUMENTS = 'documents.parquet';
export const STATES = 'states.parquet';
export const FACTS = 'generation.json';
const STOPPED = 'stopped.json';

/** Readers may still be about to open an older generation. */
const GRACE_MS = 60_000;
/** Work not finished after this long was left by a killed process. */
const LEFT_MS = 24 * 3_600_000;
const LONGEST_NAME = 50;

/** The view of a kept replay; underscores, so that it needs no quotes. */
export const replayView = (name: string): string => `replay_${name.replaceAll('-', '_')}`;

/** Throws WrongReplay. */
export function checkReplayName(name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > LONGEST_NAME) {
    throw new WrongReplay(
      `expected a name of lower-case letters, digits and single hyphens between them, such as reach-by-rep, at most ${LONGEST_NAME} long; got ${JSON.stringify(name)}`,
    );
  }
  const taken = VIEWS.find((view) => view.name === name || view.name === replayView(name) || view.name === name.replaceAll('-', '_'));
  if (taken)
    throw new WrongReplay(
      `${taken.name} is already a view of SQL, and a replay of that name would be confused with it; choose another name`,
    );
}

export const replaysOf = ({ folder }: Pick<ArchiveFiles, 'folder'>): KeptReplays => new KeptReplays(join(folder, 'replays'));

/**
 * The folder of kept replays: `<name>/<number>/` is a generation, and the one with the highest number is read. It is made
 * under another name and renamed when all of it is durable, which the file system allows only one writer to do; so after any
 * interruption, a generation is complete or absent.
 */
export class KeptReplays {
  constructor(readonly folder: string) {}

  /** By name, without those that cannot be read. */
  all(): KeptReplay[] {
    return this.names().flatMap((name) => this.newest(name) ?? []);
  }

  /** Those that may be asked by SQL: one in which something personal may be is made again first. */
  askable(): KeptReplay[] {
    return this.all().filter(({ personal }) => personal === false);
  }

  /** Throws UnknownReplay. */
  get(name: string): KeptReplay {
    const found = this.names().includes(name) ? this.newest(name) : undefined;
    if (!found)
      throw new UnknownReplay(
        name,
        this.all().map((one) => one.name),
      );
    return found;
  }

  isNewest({ name, number, madeAt }: KeptReplay): boolean {
    const newest = this.newest(name);
    return newest?.number === number && newest.madeAt === madeAt;
  }

  /** A folder in which to make the next generation; `known`: only if the name still exists. Throws ReplayMovedOn. */
  begin(name: string, known?: 'known'): string {
    const folder = join(this.folder, name);
    if (!known) mkdirSync(folder, { recursive: true });
    // Inside the folder of the name, so that dropping the replay also removes this, and it can never become a generation of a later one.
    const making = join(folder, `.making-${randomUUID()}`);
    movedOn(name, () => mkdirSync(making));
    return making;
  }

  /**
   * Makes the content of `making` the newest generation, as number `expected` if given, else as the next free number. Throws ReplayMovedOn.
   */
  publish(making: string, generation: Generation, now: number, expected?: number): KeptReplay {
    const { name, position } = generation;
    writeFileSync(join(making, FACTS), `${JSON.stringify({ ...generation, position: String(position) })}\n`);
    for (const file of readdirSync(making)) syncFile(join(making, file));
    syncFile(making);
    const folder = join(this.folder, name);
    let number = expected ?? 1 + (this.numbers(name)[0] ?? 0);
    while (!movedOn(name, () => renamed(making, join(folder, String(number))))) {
      if (expected !== undefined) throw new ReplayMovedOn(name);
      number += 1;
    }
    syncFile(folder);
    syncFile(this.folder);
    this.clean(name, now);
    return { ...generation, number, folder: join(folder, String(number)), view: replayView(name) };
  }

  /** Stops keeping it live. */
  stop({ name, folder }: KeptReplay, stopped: NonNullable<KeptReplay['stopped']>): void {
    const temporary = join(folder, `.${STOPPED}-${randomUUID()}`);
    movedOn(name, () => writeFileSync(temporary, JSON.stringify(stopped)));
    movedOn(name, () => renameSync(temporary, join(folder, STOPPED)));
  }

  /** All generations. Throws UnknownReplay. */
  drop(name: string): void {
    if (this.numbers(name).length === 0) this.get(name);
    const dropped = join(this.folder, `.dropped-${randomUUID()}`);
    movedOn(name, () => renameSync(join(this.folder, name), dropped));
    rmSync(dropped, { recursive: true, force: true });
  }

  /** Deletes the rows and states in which something personal may be. The code of the newest stays: it can be made again. */
  dropPersonal(): void {
    for (const name of this.names())
      for (const [at, number] of this.numbers(name).entries()) {
        const folder = join(this.folder, name, String(number));
        if (isWithoutPersonal(folder)) continue;
        if (at > 0) rmSync(folder, { recursive: true, force: true });
        else for (const file of [DOCUMENTS, STATES]) rmSync(join(folder, file), { force: true });
        syncIfThere(at > 0 ? join(this.folder, name) : folder);
      }
  }

  private newest(name: string): KeptReplay | undefined {
    for (;;) {
      const [number] = this.numbers(name);
      if (number === undefined) return undefined;
      const folder = join(this.folder, name, String(number));
      try {
        const facts = JSON.parse(readFileSync(join(folder, FACTS), 'utf8')) as Omit<Generation, 'position'> & { position: string };
        const stopped = existsSync(join(folder, STOPPED))
          ? (JSON.parse(readFileSync(join(folder, STOPPED), 'utf8')) as KeptReplay['stopped'])
          : undefined;
        return { ...facts, position: BigInt(facts.position), number, folder, view: replayView(name), ...(stopped && { stopped }) };
      } catch (error) {
        // Removed between the two looks, there is a newer one; anything else is none that can be read.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(folder)) return undefined;
      }
    }
  }

  private names(): string[] {
    return namesIn(this.folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  /** Newest first. */
  private numbers(name: string): number[] {
    const found = namesIn(join(this.folder, name)).filter((number) => /^\d+$/.test(number));
    return found.map(Number).sort((a, b) => b - a);
  }

  /** Deletes older generations and what killed processes left. */
  private clean(name: string, now: number): void {
    const folder = join(this.folder, name);
    const generations = this.numbers(name).map((number) => join(folder, String(number)));
    const old = generations.filter((_, at) => at > 0 && isOlder(generations[at - 1]!, now, GRACE_MS));
    const hidden = [folder, this.folder].flatMap((where) =>
      namesIn(where)
        .filter((one) => one.startsWith('.'))
        .map((one) => join(where, one)),
    );
    for (const path of [...old, ...hidden.filter((one) => isOlder(one, now, LEFT_MS))]) rmSync(path, { recursive: true, force: true });
  }
}

/** False also where that cannot be told. */
function isWithoutPersonal(folder: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, FACTS), 'utf8')) as Generation).personal === false;
  } catch {
    return false;
  }
}

/** It may have been dropped meanwhile. */
function syncIfThere(folder: string): void {
  if (existsSync(folder)) syncFile(folder);
}

const isOlder = (path: string, now: number, ms: number): boolean => now - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? now) > ms;

/** False if the place is taken. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code!)) return false;
    throw error;
  }
}

function movedOn<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ReplayMovedOn(name);
    throw error;
  }
}
