import { LeadlogError } from '@leadlog/errors';
import { START } from '@leadlog/event-log';
import type { AsOf, ProjectionSource } from '../projection-source';
import { hexOfSlices, slicesOfHex, SLICES } from '../slices';
import type { GenerationRecord, ReadModelStore } from '../store';

/*
 * The life of a generation, as its record in the registry tells it.
 *
 *              built, is to wait                   switched to
 *   building ──────────────────────▶ caught-up ────────────────▶ live
 *    │ ▲  │ └────── built, takes over by itself ─────────────────▲ │
 *    │ │  └──────── called off, was live before ────▶ retired ◀────┘ another takes over, or out of use
 *    │ └─────────── rolled back to, or wanted again ─────┘
 *    └──▶ failed: an event cannot be folded, or nobody has the code
 *
 * Any that is not live can be dropped, any that is not retired paused and resumed. By themselves go builds that nobody wants any
 * more and were never live; and, where the log says what is wanted, all but three of those that one could go back to. What has
 * caught up and is wanted by a later event of the log is building again, and takes over by itself.
 *
 * Each transition is a function from the registry to the registry, so that whoever makes it (a worker, an operator, in any process) can
 * make it again from what somebody else was faster to write. At most one generation of a projection is live, and once one has been,
 * there is always one, until the projection is out of use. Which worker folds which slices is no part of this life (leases.ts).
 */

/** What the registry says: the generations of all projections, the older ones of each first. */
export type Generations = readonly GenerationRecord[];

/** Generations that were live once and are kept so that one can go back to them at once, where the log says what is wanted. */
const KEPT = 3;

// ---- what the program and the log want

/**
 * With a generation of what the source is now: the one that is live or under way; one that was live before, which
 * has only to catch up; or a new one. Whichever it is takes over by itself.
 */
export function wantedGenerations(
  source: ProjectionSource,
  all: Generations,
  createdAt: string,
  notice: (text: string) => void,
): Generations {
  const { projection, spec, asOf } = source.current();
  const { version } = projection;
  const mine = all.filter((generation) => generation.projection === source.name);
  const heard = mine
    .flatMap((one) => (one.asOf && one.asOf.stream === asOf?.stream ? BigInt(one.asOf.position) : []))
    .reduce((last, one) => (one > last ? one : last), START);
  // A later event has asked for something else, of which this worker has not heard yet.
  if (asOf && heard > asOf.position) return all;
  const asked = asOf ? { asOf: recordedAsOf(asOf) } : {};
  // The version says what the documents hold; what else is in the spec may have changed since.
  const stated = { ...asked, ...(spec !== undefined && { spec }) };
  const isNews = asOf !== undefined && asOf.position > heard;
  const others = (chosen: GenerationRecord | undefined, become: (generation: GenerationRecord) => GenerationRecord | undefined) =>
    all.flatMap((one) => (one.projection !== source.name ? one : one === chosen ? one : (become(one) ?? [])));
  const calledOff = (one: GenerationRecord) => withoutBuild(one, isNews);

  if (source.retired)
    return others(undefined, (one) => (wasLive(one) ? { ...one, ...asked, state: 'retired', built: undefined } : undefined));

  const wanted = mine.find(
    (one) => one.version === version && (one.state === 'live' || one.state === 'building' || one.state === 'caught-up'),
  );
  if (wanted?.state === 'live') {
    // The program (or the log) is of that version (again): a rollback to it is done with.
    const settled: GenerationRecord = { ...wanted, ...stated, insteadOf: undefined };
    return others(wanted, (one) => (isNews ? calledOff(one) : one)).map((one) => (one === wanted ? settled : one));
  }
  if (wanted && !isNews) return all;
  const live = liveOf(all, source.name);
  if (live?.insteadOf === version && !isNews) {
    notice(
      `${source.name} stays at ${live.id}, which was rolled back to from this program's version ${version}; a rebuild goes forward again`,
    );
    return all;
  }
  const former = wanted ?? (asOf === undefined ? undefined : mine.findLast((one) => one.version === version && one.state === 'retired'));
  if (former) {
    const again: GenerationRecord = {
      ...former,
      ...stated,
      state: 'building',
      autoSwitch: true,
      built: former.state === 'building' ? former.built : undefined,
      insteadOf: undefined,
    };
    return others(former, calledOff).map((one) => (one === former ? again : one));
  }
  const kept = asOf === undefined ? undefined : new Set(mine.filter(wasLive).sort(bySwitch).slice(-KEPT));
  const created: GenerationRecord = {
    id: nextId(source.name, all),
    projection: source.name,
    version,
    spec,
    state: 'building',
    paused: false,
    autoSwitch: true,
    createdAt,
    ...asked,
  };
  return [...others(undefined, (one) => (kept && one.state === 'retired' && !kept.has(one) ? undefined : calledOff(one))), created];
}

/**
 * A build of what nobody wants any more would take over after the right one. A rollback that somebody has asked for is wanted, until
 * the log asks for something else.
 */
function withoutBuild(generation: GenerationRecord, isNews: boolean): GenerationRecord | undefined {
  if (generation.state !== 'building' || (generation.insteadOf !== undefined && !isNews)) return generation;
  return wasLive(generation) ? { ...generation, state: 'retired', built: undefined, insteadOf: undefined } : undefined;
}

// ---- what workers do

/** A rebuild that was asked for from outside does not know its version; a worker that has the code says it. */
export function versionsFilledIn(all: Generations, sources: readonly ProjectionSource[]): Generations {
  return all.map((generation) => {
    const source = generation.version === '' ? sources.find(({ name }) => name === generation.projection) : undefined;
    if (!source) return generation;
    const { projection, spec, asOf } = source.current();
    return { ...generation, version: projection.version, spec, ...(asOf && { asOf: recordedAsOf(asOf) }) };
  });
}

/** What is being built and cannot be run fails. Asked by a worker that is alone. */
export function failedWithoutCode(all: Generations, canRun: (generation: GenerationRecord) => boolean): Generations {
  return all.map((generation) =>
    generation.state === 'building' && !generation.paused && generation.version !== '' && !canRun(generation)
      ? { ...generation, state: 'failed', error: `the code of version ${generation.version} is not in this program` }
      : generation,
  );
}

export function failed(all: Generations, id: string, error: string): Generations {
  return all.map((generation) => (generation.id === id ? { ...generation, state: 'failed', error } : generation));
}

/** These slices are built. Where they were the last ones, the generation takes over, or waits to be switched to. */
export function slicesBuilt(all: Generations, ids: readonly string[], slices: readonly number[], now: number): Generations {
  const next = all.map((one) =>
    ids.includes(one.id) && one.state === 'building' ? { ...one, built: hexOfSlices([...slicesOfHex(one.built), ...slices]) } : one,
  );
  const isWhole = (one: GenerationRecord) => one.state === 'building' && slicesOfHex(one.built).length === SLICES;
  // One of each projection, also where several were finished together.
  const winners = new Map(next.filter((one) => isWhole(one) && one.autoSwitch).map((one) => [one.projection, one]));
  return next.map((one): GenerationRecord => {
    const { built: _, ...whole } = one;
    const winner = winners.get(one.projection);
    if (one === winner) return goneLive(whole, liveOf(next, one.projection), now);
    // Asked for before the winner was, it would take over from what came after it.
    const overtaken = winner !== undefined && one.state === 'building' && numberOf(one) < numberOf(winner);
    if (overtaken && wasLive(one)) return { ...whole, state: 'retired' };
    if (isWhole(one)) return { ...whole, state: 'caught-up' };
    if (overtaken) return { ...one, autoSwitch: false };
    return one.state === 'live' && winner !== undefined ? { ...one, state: 'retired' } : one;
  });
}

/** Keys that have been folded again, by generation. */
export function unparked(all: Generations, folded: ReadonlyMap<string, readonly string[]>): Generations {
  return all.map((generation) => {
    const { unpark, ...rest } = generation;
    const left = unpark?.filter((key) => !folded.get(generation.id)?.includes(key));
    return left?.length ? { ...rest, unpark: left } : rest;
  });
}

// ---- what an operator asks for

/** The registry, and the generation that the command is about. */
export interface Chosen {
  all: Generations;
  id: string;
}

/** A new generation next to the live one; with `autoSwitch` it takes over by itself. */
export function rebuildAsked(all: Generations, projection: string, autoSwitch: boolean, createdAt: string): Chosen {
  const running = ofProjection(all, projection).find((one) => one.state === 'building');
  if (running)
    throw new ControlRefused(
      'a projection of which nothing is being built (wait for it, or drop it first)',
      `one of which ${running.id} is being built already`,
    );
  const id = nextId(projection, all);
  return { id, all: [...all, { id, projection, version: '', state: 'building', paused: false, autoSwitch, createdAt }] };
}

/** The last one that has caught up goes live. */
export function switched(all: Generations, projection: string, now: number): Chosen {
  const mine = ofProjection(all, projection);
  const next = mine.findLast((one) => one.state === 'caught-up');
  if (!next) throw new ControlRefused('a generation that has caught up', described(mine));
  const live = liveOf(all, projection);
  return {
    id: next.id,
    all: all.map((one) => (one === next ? goneLive(one, live, now) : one === live ? { ...one, state: 'retired' } : one)),
  };
}

/**
 * The one that was live before catches up with what it has missed and takes over, also for later starts of the worker; a build under way
 * waits for a switch.
 */
export function rolledBack(all: Generations, projection: string): Chosen {
  const mine = ofProjection(all, projection);
  const former = mine
    .filter((one) => one.state === 'retired')
    .sort((a, b) => (a.switchedAt ?? '').localeCompare(b.switchedAt ?? ''))
    .at(-1);
  if (!former) throw new ControlRefused('an earlier generation to go back to', described(mine));
  const live = liveOf(all, projection);
  // What the log asks for is known and not wanted: as of there, until it asks for something else.
  const chosen = { insteadOf: live?.version, ...(live?.asOf !== undefined && { asOf: live.asOf }) };
  return {
    id: former.id,
    all: all.map((one) => {
      if (one === former) return { ...one, state: 'building', autoSwitch: true, built: undefined, ...chosen };
      // What is being built would otherwise take over after it, or together with it.
      return one.projection === projection && one.state === 'building' ? { ...one, autoSwitch: false } : one;
    }),
  };
}

export function dropped(all: Generations, projection: string, id: string): Generations {
  const mine = ofProjection(all, projection);
  const generation = mine.find((one) => one.id === id);
  if (!generation) throw new ControlRefused(`a generation of ${projection}: ${described(mine)}`, JSON.stringify(id), '/id');
  if (generation.state === 'live')
    throw new ControlRefused('a generation that is not live (switch to another before dropping it)', `${id}, which is live`, '/id');
  return all.filter((one) => one !== generation);
}

/** Or resumed. What is retired stands still anyway, and is to move when it is gone back to. */
export function paused(all: Generations, projection: string, isPaused: boolean): Generations {
  const mine = new Set(ofProjection(all, projection).filter((one) => one.state !== 'retired'));
  return all.map((one) => (mine.has(one) ? { ...one, paused: isPaused } : one));
}

/** Parked keys of the live generation are to be folded again. */
export function unparkAsked(all: Generations, projection: string, keys: readonly string[]): Generations {
  ofProjection(all, projection);
  const live = liveOf(all, projection);
  return all.map((one) => (one === live ? { ...one, unpark: [...new Set([...(one.unpark ?? []), ...keys])] } : one));
}

/** A command that does not fit the state of the projection; says what it is and what would fit. */
export class ControlRefused extends LeadlogError {
  readonly kind = 'conflict';

  constructor(
    readonly expected: string,
    readonly got: string,
    /** What of the command it is about. */
    readonly pointer = '',
  ) {
    super(`expected ${expected}, got ${got}`, { errors: [{ pointer, expected, got }] });
  }
}

/** Of a name that somebody asked for. */
const MOST_SHOWN = 80;

export class UnknownProjection extends LeadlogError {
  readonly kind = 'unknown';

  constructor(
    readonly projection: string,
    known: readonly string[],
  ) {
    const expected = known.length === 0 ? 'a projection; there is none yet' : `a projection: one of ${known.join(', ')}`;
    const got = JSON.stringify(projection.slice(0, MOST_SHOWN));
    super(`expected ${expected}, got ${got}`, { errors: [{ pointer: '/name', expected, got }] });
  }
}

// ---- what they share

/** Throws UnknownProjection where there are none: what a program runs has at least one. */
export function ofProjection(all: Generations, projection: string): Generations {
  const mine = all.filter((one) => one.projection === projection);
  if (mine.length === 0) throw new UnknownProjection(projection, [...new Set(all.map((one) => one.projection))]);
  return mine;
}

export const liveOf = (all: Generations, projection: string): GenerationRecord | undefined =>
  all.find((one) => one.projection === projection && one.state === 'live');

/** Live in place of the one that was (undefined: it is the first of its projection). */
function goneLive(generation: GenerationRecord, replaced: GenerationRecord | undefined, now: number): GenerationRecord {
  // Always behind the last switch, whatever the clock does: a rollback goes by the order of switches.
  const last = replaced?.switchedAt === undefined ? -Infinity : Date.parse(replaced.switchedAt);
  const at = new Date(Math.max(now, last + 1)).toISOString();
  const versionSince = replaced?.version === generation.version ? replaced.versionSince : replaced && at;
  return { ...generation, state: 'live', switchedAt: at, versionSince };
}

const recordedAsOf = ({ stream, position }: AsOf): NonNullable<GenerationRecord['asOf']> => ({ stream, position: String(position) });

const wasLive = ({ switchedAt }: GenerationRecord): boolean => switchedAt !== undefined;
const bySwitch = (one: GenerationRecord, other: GenerationRecord): number => (one.switchedAt! < other.switchedAt! ? -1 : 1);
const described = (generations: Generations): string => generations.map(({ id, state }) => `${id} (${state})`).join(', ');

/** `<projection>.<n>`, one above the highest there is. */
function nextId(projection: string, all: Generations): string {
  const numbers = all.filter((one) => one.projection === projection).map(numberOf);
  return `${projection}.${Math.max(0, ...numbers) + 1}`;
}

/** The n of `<projection>.<n>`. */
const numberOf = ({ id, projection }: Pick<GenerationRecord, 'id' | 'projection'>): number => Number(id.slice(projection.length + 1));

// ---- the one way to write

/** Changes the registry, again from what it says then if somebody else was faster. */
export async function changeGenerations(store: ReadModelStore, change: (all: Generations) => Generations): Promise<void> {
  for (;;) {
    const { version, generations } = await store.registry();
    const next = change(generations);
    if (JSON.stringify(next) === JSON.stringify(generations)) return;
    if (await store.saveRegistry(version, next)) return;
  }
}
