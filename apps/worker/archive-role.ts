import { ArchiveWriter, type ArchiveWriterOptions } from '@leadlog/archive';
import { Leases, type ReadModelStore } from '@leadlog/projections';
import { LiveReplays, type RunPart } from '@leadlog/replays';

/** Of the slices of the leases `archive` the one whose holder writes; the others only make it one among equals. */
const WRITERS_SLICE = 0;

/** A worker's part in the archive: it writes, and keeps replays live, while it is the one whose turn it is. */
export class ArchiveRole {
  private readonly leases: Leases;
  private writer: ArchiveWriter | undefined;
  private live: LiveReplays | undefined;

  constructor(
    private readonly options: ArchiveWriterOptions & {
      store: ReadModelStore;
      runReplay: RunPart;
      leases?: { ttlMs: number; everyMs: number };
    },
  ) {
    const { store, leases, onWarning } = options;
    this.leases = new Leases({ store, group: 'archive', ...leases, onWarning, onChange: () => this.arrange() });
  }

  start(): Promise<void> {
    return this.leases.start();
  }

  async stop(): Promise<void> {
    await this.end();
    await this.leases.stop();
  }

  private async arrange(): Promise<void> {
    if (!this.leases.slices.includes(WRITERS_SLICE)) return this.end();
    if (this.writer) return;
    const live = (this.live = new LiveReplays({ ...this.options, run: this.options.runReplay }));
    const onWritten = (): void => {
      this.options.onWritten?.();
      live.wake();
    };
    this.writer = new ArchiveWriter({ ...this.options, onWritten });
    this.writer.start();
    live.start();
  }

  private async end(): Promise<void> {
    const { writer, live } = this;
    this.writer = undefined;
    this.live = undefined;
    await Promise.all([writer?.stop(), live?.stop()]);
  }
}
