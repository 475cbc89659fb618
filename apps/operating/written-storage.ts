import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTo } from '@leadlog/event-log/sqlite/write-to';
import { dataFiles } from '../setup/data-folder';
import type { Settings } from '../setup/settings';
import type { ServerWrite } from './server-writes';

/** A probe asks every few seconds, and several may ask; the disk is written to once. */
const KEPT_MS = 5_000;
const FILE_BYTES = 32_768;

export interface WrittenPlaces {
  /** Each with what it is called in a reason. */
  databases: readonly { what: string; file: string }[];
  folders: readonly { what: string; folder: string }[];
}

/** What this process writes to disks of its own. */
export function writtenPlaces(
  { dataFolder, archiveFolder, eventStoreUrl, redisUrl }: Settings,
  { archive }: { archive: boolean },
): WrittenPlaces {
  const { log, readModels, jobs } = dataFiles(dataFolder);
  const databases = [
    ...(eventStoreUrl ? [] : [{ what: 'the event log', file: log }]),
    ...(redisUrl
      ? []
      : [
          { what: 'the read models', file: readModels },
          { what: 'the jobs', file: jobs },
        ]),
  ];
  return {
    databases,
    folders: [
      ...(databases.length > 0 ? [{ what: 'the data folder', folder: dataFolder }] : []),
      ...(archive ? [{ what: 'the archive', folder: archiveFolder }] : []),
    ],
  };
}

/**
 * Whether storage takes writes, found out by writing: a disk may be full or read-only, or a server follow another, while every read is
 * answered.
 * In the database itself too, since a quota or a limit may be its own.
 */
export class WrittenStorage {
  private kept: { at: number; reasons: Promise<string[]> } | undefined;

  constructor(
    private readonly places: WrittenPlaces,
    private readonly servers: readonly ServerWrite[] = [],
    private readonly clock: () => number = Date.now,
  ) {}

  /** What keeps it from being written; those of the last try while that is recent. Never rejects. */
  reasons(): Promise<string[]> {
    const now = this.clock();
    if (!this.kept || now - this.kept.at >= KEPT_MS) this.kept = { at: now, reasons: this.tried() };
    return this.kept.reasons;
  }

  private async tried(): Promise<string[]> {
    const { databases, folders } = this.places;
    const ofFiles = databases.map(({ what, file }) => reasonOf(what, file, () => writeTo(file)));
    const ofFolders = folders.map(({ what, folder }) => reasonOf(what, folder, () => writeIn(folder)));
    const ofServers = this.servers.map(({ what, tryWrite }) =>
      tryWrite().then(
        () => undefined,
        (error: Error) => `${what} cannot be written: ${error.message}`,
      ),
    );
    return (await Promise.all([...ofFiles, ...ofFolders, ...ofServers])).filter((reason) => reason !== undefined);
  }
}

async function reasonOf(what: string, path: string, write: () => void | Promise<void>): Promise<string | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    // Somebody writes to it at this moment.
    if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return undefined;
    return `${what} cannot be written (${path}: ${message}); the disk is full or read-only, or a quota or a right is missing`;
  }
}

async function writeIn(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `.write-probe-${process.pid}`);
  try {
    const file = await open(path, 'w');
    try {
      await file.writeFile(Buffer.alloc(FILE_BYTES, 1));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}
