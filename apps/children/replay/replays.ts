import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from '@leadlog/event-log';
import { keptForm, replaysOf, writeGeneration, type KeptReplay, type PartMade } from '@leadlog/replays';
import { openLogToRead } from '../../setup/backends';
import type { Settings } from '../../setup/settings';
import type { ReplayAnswer, ReplayWork } from './thread';
import { runReplayThread } from './threads';

export interface ReplayOptions {
  from?: string;
  to?: string;
  threads: number;
  /** Told of events as they are folded. */
  onEvents?: (events: number) => void;
}

export interface Replayed {
  rows: [string, unknown][];
  events: number;
  position: Position;
}

/** In threads, each with its part of the keys; the rows of all, by key. */
export async function replay(settings: Settings, code: string, options: ReplayOptions): Promise<Replayed> {
  const position = await headOf(settings);
  const { answers, events } = await inThreads(settings, code, options, (part) => ({
    span: { ...daysOf(options), until: position },
    part,
    parts: options.threads,
  }));
  const rows = answers.flatMap((one) => one.rows!);
  return { rows: rows.sort(([a], [b]) => (a < b ? -1 : 1)), events, position };
}

export interface ReplayToKeep {
  name: string;
  source: string;
  code: string;
  live: boolean;
}

/** The same, kept as the next generation of its name. Throws ReplayMovedOn where the name is dropped meanwhile. */
export async function keepReplay(
  settings: Settings,
  { name, source, code, live }: ReplayToKeep,
  options: ReplayOptions,
): Promise<{ kept: KeptReplay; events: number }> {
  const position = await headOf(settings);
  const replays = replaysOf({ folder: settings.archiveFolder });
  const making = replays.begin(name);
  try {
    const files = Array.from({ length: options.threads }, (_, part) => `part-${part}.parquet`);
    const { answers, events } = await inThreads(settings, code, options, (part) => ({
      span: { ...daysOf(options), until: position },
      part,
      parts: options.threads,
      file: join(making, files[part]!),
      live,
    }));
    const { key, lastEvent } = answers[0]!.made as PartMade;
    const written = await writeGeneration(settings.archiveFolder, making, files, live);
    const generation = {
      name,
      source,
      code,
      ...daysOf(options),
      live,
      position,
      lastEvent,
      form: keptForm(settings.timezone),
      key,
      madeAt: new Date().toISOString(),
      personal: false as const,
      ...written,
    };
    return { kept: replays.publish(making, generation, Date.now()), events };
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

const daysOf = ({ from, to }: ReplayOptions): Pick<ReplayOptions, 'from' | 'to'> => ({ from, to });

async function headOf(settings: Settings): Promise<Position> {
  const log = openLogToRead(settings);
  return log.head().finally(() => log.close());
}

async function inThreads(
  settings: Settings,
  code: string,
  { threads, onEvents }: ReplayOptions,
  workOf: (part: number) => ReplayWork,
): Promise<{ answers: ReplayAnswer[]; events: number }> {
  let events = 0;
  const count = (more: number): void => {
    events += more;
    onEvents?.(events);
  };
  const failed = new AbortController();
  const run = (part: number) => runReplayThread({ settings, code, work: workOf(part) }, { onEvents: count, signal: failed.signal });
  try {
    return { answers: await Promise.all(Array.from({ length: threads }, (_, part) => run(part))), events };
  } catch (error) {
    failed.abort();
    throw error;
  }
}
