import { START } from '@leadlog/event-log';
import type { AsOf, ProjectionSource } from '../projection-source';
import type { GenerationRecord } from '../store';

/** Generations that were live once and are kept so that one can go back to them at once, where the log says what is wanted. */
const KEPT = 3;

/**
 * The registry, with a generation of what the source is now: the one that is live or under way; one that was live before, which
 * has only to catch up; or a new one. Whichever it is takes over by itself.
 */
export function wantedGenerations(source: ProjectionSource, all: readonly GenerationRecord[], createdAt: string, notice: (text: string) => void): readonly GenerationRecord[] {
  const { projection, spec, asOf } = source.current();
  const { version } = projection;
  const mine = all.filter((generation) => generation.projection === source.name);
  const heard = mine.flatMap((one) => (one.asOf && one.asOf.stream === asOf?.stream ? BigInt(one.asOf.position) : [])).reduce((last, one) => (one > last ? one : last), START);
  // A later event has asked for something else, of which this worker has not heard yet.
  if (asOf && heard > asOf.position) return all;
  const asked = asOf ? { asOf: recordedAsOf(asOf) } : {};
  // The version says what the documents hold; what else is in the spec may have changed since.
  const stated = { ...asked, ...(spec !== undefined && { spec }) };
  const isNews = asOf !== undefined && asOf.position > heard;
  const others = (chosen: GenerationRecord | undefined, become: (generation: GenerationRecord) => GenerationRecord | undefined) =>
    all.flatMap((one) => (one.projection !== source.name ? one : one === chosen ? one : (become(one) ?? [])));
  const calledOff = (one: GenerationRecord) => withoutBuild(one, isNews);

  if (source.retired) return others(undefined, (one) => (wasLive(one) ? { ...one, ...asked, state: 'retired', built: undefined } : undefined));

  const wanted = mine.find((one) => one.version === version && (one.state === 'live' || one.state === 'building' || one.state === 'caught-up'));
  if (wanted?.state === 'live') {
    // The program (or the log) is of that version (again): a rollback to it is done with.
    const settled: GenerationRecord = { ...wanted, ...stated, insteadOf: undefined };
    return others(wanted, (one) => (isNews ? calledOff(one) : one)).map((one) => (one === wanted ? settled : one));
  }
  if (wanted && !isNews) return all;
  const live = mine.find((one) => one.state === 'live');
  if (live?.insteadOf === version && !isNews) {
    notice(`${source.name} stays at ${live.id}, which was rolled back to from this program's version ${version}; a rebuild goes forward again`);
    return all;
  }
  const former = wanted ?? (asOf === undefined ? undefined : mine.findLast((one) => one.version === version && one.state === 'retired'));
  if (former) {
    const again: GenerationRecord = { ...former, ...stated, state: 'building', autoSwitch: true, built: former.state === 'building' ? former.built : undefined, insteadOf: undefined };
    return others(former, calledOff).map((one) => (one === former ? again : one));
  }
  const kept = asOf === undefined ? undefined : new Set(mine.filter(wasLive).sort(bySwitch).slice(-KEPT));
  const created: GenerationRecord = { id: nextId(source.name, all), projection: source.name, version, spec, state: 'building', paused: false, autoSwitch: true, createdAt, ...asked };
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

export const recordedAsOf = ({ stream, position }: AsOf): NonNullable<GenerationRecord['asOf']> => ({ stream, position: String(position) });

const wasLive = ({ switchedAt }: GenerationRecord): boolean => switchedAt !== undefined;
const bySwitch = (one: GenerationRecord, other: GenerationRecord): number => (one.switchedAt! < other.switchedAt! ? -1 : 1);

/** `<projection>.<n>`, one above the highest there is. */
export function nextId(projection: string, generations: readonly GenerationRecord[]): string {
  const numbers = generations.filter((one) => one.projection === projection).map(numberOf);
  return `${projection}.${Math.max(0, ...numbers) + 1}`;
}

/** The n of `<projection>.<n>`. */
export const numberOf = ({ id, projection }: Pick<GenerationRecord, 'id' | 'projection'>): number => Number(id.slice(projection.length + 1));
