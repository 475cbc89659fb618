import { createHash, randomUUID } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { START, type Position } from '@leadlog/event-log';
import { syncFile } from './durable-files';

/** Positions are bigints in memory and decimal strings in the file. */
export interface Segment {
  /** Name of the Parquet file in `segments/`. */
  file: string;
  /** Holds every event with after < position ≤ through. */
  after: Position;
  through: Position;
  events: number;
  bytes: number;
  /** SHA-256 of the file. */
  sha256: string;
  /** Hash of these events (event-hash.ts), equal to the hash of the same positions of the log. */
  hash: string;
}

export interface Manifest {
  /** Increases by one with every change. */
  number: number;
  /** Form of the segments; a different form means a different archive. */
  form: string;
  /** Contiguous: each begins where the previous one ends. */
  segments: readonly Segment[];
  /** Up to here, every event whose id another event also has was reported (doubles.ts); START if that was never checked. */
  checked?: Position;
}

/** Why the archive makes no progress at the moment. */
export interface ArchiveFailure {
  /** Position of the last archived event. */
  position: string;
  /** RFC 3339: when the first attempt failed this way. */
  since: string;
  message: string;
}

export const throughOf = (manifest: Manifest): Position => manifest.segments.at(-1)?.through ?? START;

/** Readers may still be about to open files that are no longer named. */
const GRACE_MS = 60_000;

/**
 * The folder of an archive: `segments/*.parquet` and `manifest-<number>.json`.
 *
 * A file is durable before a manifest names it, and a manifest never changes: the next one has the next number, and the file
 * system lets only one writer create it. So after any interruption, and with any other writers, the newest manifest is exact.
 */
export class ArchiveFiles {
  constructor(readonly folder: string) {}

  /** Before anything is written. */
  prepare(): void {
    mkdirSync(this.segments, { recursive: true });
  }

  get segments(): string {
    return join(this.folder, 'segments');
  }

  pathOf(file: string): string {
    return join(this.segments, file);
  }

  /** The newest manifest; undefined if there is none. Throws if it cannot be read. */
  read(): Manifest | undefined {
    for (;;) {
      const [newest] = this.numbers();
      if (newest === undefined) return undefined;
      try {
        return parsed(readFileSync(this.manifestPath(newest), 'utf8'), newest);
      } catch (error) {
        // Deleted between listing and reading: there is a newer one.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** Makes the segment's file durable under its name. */
  publish(temporary: string, file: string): void {
    syncFile(temporary);
    linkSync(temporary, this.pathOf(file));
    rmSync(temporary);
    syncFile(this.segments);
  }

  /** Returns false if another writer has created this number: the caller's state is out of date. */
  write(manifest: Manifest): boolean {
    const temporary = join(this.folder, `.manifest-${manifest.number}-${process.pid}-${Math.random().toString(36).slice(2)}`);
    writeFileSync(temporary, written(manifest));
    syncFile(temporary);
    try {
      linkSync(temporary, this.manifestPath(manifest.number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    syncFile(this.folder);
    return true;
  }

  /** Undefined while writing succeeds. */
  failure(): ArchiveFailure | undefined {
    try {
      return JSON.parse(readFileSync(this.failurePath, 'utf8')) as ArchiveFailure;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  /** Recorded in the folder, for other processes to read. */
  failed(failure: ArchiveFailure): void {
    const before = this.failure();
    const since = before?.message === failure.message ? before.since : failure.since;
    const temporary = `${this.failurePath}.${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify({ ...failure, since })}\n`);
      renameSync(temporary, this.failurePath);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  succeeded(): void {
    rmSync(this.failurePath, { force: true });
  }

  private get failurePath(): string {
    return join(this.folder, 'failure.json');
  }

  /** Under which a segment of this form is published. */
  nameOf(through: Position, form: string): string {
    return `${through}-${form}-${randomUUID().slice(0, 8)}.parquet`;
  }

  /**
   * Deletes the segments of other forms, whatever names them: nobody reads them any more, and they may hold what an archive is no longer to
   * hold. Their manifests stay, so that numbers go on.
   */
  dropOtherForms(form: string): void {
    if (!existsSync(this.segments)) return;
    for (const file of readdirSync(this.segments)) if (!file.includes(`-${form}-`)) rmSync(this.pathOf(file), { force: true });
  }

  /** Goes back to what is before a position: what follows is written again. Nothing if the archive is of another form anyway. */
  cutAt(position: Position, form: string): void {
    for (;;) {
      const manifest = this.read();
      if (manifest?.form !== form) return;
      const segments = manifest.segments.filter(({ through }) => through < position);
      if (segments.length === manifest.segments.length) return;
      if (this.write({ number: manifest.number + 1, form, segments })) return;
    }
  }

  /** Deletes manifests before the last two, and files that neither of these names and that are not new. */
  clean(now: number): void {
    const [newest, previous, ...old] = this.numbers();
    for (const number of old) rmSync(this.manifestPath(number), { force: true });
    const named = new Set<string>();
    for (const number of [newest, previous])
      if (number !== undefined)
        for (const { file } of parsed(readFileSync(this.manifestPath(number), 'utf8'), number).segments) named.add(file);
    const unnamed = readdirSync(this.segments)
      .filter((file) => !named.has(file))
      .map((file) => this.pathOf(file));
    // Left by an interrupted write.
    const left = readdirSync(this.folder)
      .filter((name) => name.startsWith('.manifest-'))
      .map((name) => join(this.folder, name));
    for (const path of [...unnamed, ...left])
      if (now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > GRACE_MS) rmSync(path, { force: true });
  }

  /** Newest first. */
  private numbers(): number[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).map((name) => /^manifest-(\d+)\.json$/.exec(name)?.[1]);
    return names.flatMap((number) => (number === undefined ? [] : [Number(number)])).sort((a, b) => b - a);
  }

  private manifestPath(number: number): string {
    return join(this.folder, `manifest-${number}.json`);
  }
}

function written({ number, form, segments, checked }: Manifest): string {
  const lines = segments.map((segment) => JSON.stringify({ ...segment, after: String(segment.after), through: String(segment.through) }));
  return `{"number":${number},"form":${JSON.stringify(form)},${checked === undefined ? '' : `"checked":"${checked}",`}"segments":[\n${lines.join(',\n')}\n]}\n`;
}

function parsed(text: string, number: number): Manifest {
  const { form, segments, checked } = JSON.parse(text) as {
    form: string;
    checked?: string;
    segments: (Omit<Segment, 'after' | 'through'> & { after: string; through: string })[];
  };
  return {
    number,
    form,
    ...(checked !== undefined && { checked: BigInt(checked) }),
    segments: segments.map((segment) => ({ ...segment, after: BigInt(segment.after), through: BigInt(segment.through) })),
  };
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
