import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf, type TrialKind, type TrialOptions, type TrialRequest, type TrialResult } from './trials';

export type TrialState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Trial {
  id: string;
  kind: TrialKind;
  modelId: string;
  version: string;
  options: TrialOptions;
  /** RFC 3339. */
  askedAt: string;
  state: TrialState;
  /** 0 to 1. */
  progress: number;
  finishedAt?: string;
  error?: string;
  /** Of the result, for lists. */
  figures?: Record<string, number | undefined>;
}

const ID = /^[\w-]+$/;
const MOST_KEPT = 50;

/**
 * Trials and what came of them, one folder each, in the folder of the archive that they are read from. `asked.json` and
 * `request.json` are written once by whoever asks, `result.json` and `trial.json` by the one that performs it, `cancel` by whoever takes it
 * back. Of a
 * model the latest fifty are kept.
 */
export class TrialFiles {
  constructor(private readonly folder: string) {}

  ask(id: string, request: TrialRequest, askedAt: string): Trial {
    for (const old of this.list(request.modelId).slice(MOST_KEPT - 1)) rmSync(join(this.folder, old.id), { recursive: true, force: true });
    const { kind, modelId, version, options } = request;
    mkdirSync(join(this.folder, id), { recursive: true });
    this.write(id, 'request', request);
    this.write(id, 'asked', { kind, modelId, version, options, askedAt });
    return this.get(id)!;
  }

  get(id: string): Trial | undefined {
    const asked = this.read<Omit<Trial, 'id' | 'state' | 'progress'>>(id, 'asked');
    if (!asked) return undefined;
    const told = this.read<Partial<Trial>>(id, 'trial');
    const trial: Trial = { id, state: 'waiting', progress: 0, ...asked, ...told };
    return this.isCancelled(id) && trial.state !== 'done' && trial.state !== 'failed' ? { ...trial, state: 'cancelled' } : trial;
  }

  requestOf(id: string): TrialRequest | undefined {
    return this.read<TrialRequest>(id, 'request');
  }

  resultOf(id: string): TrialResult | undefined {
    return this.read<TrialResult>(id, 'result');
  }

  tell(id: string, told: Pick<Trial, 'state' | 'progress'> & Partial<Pick<Trial, 'finishedAt' | 'error'>>): void {
    this.write(id, 'trial', told);
  }

  /** What came of it, before it is said that it is done. */
  finish(id: string, result: TrialResult, finishedAt: string): void {
    this.write(id, 'result', result);
    this.write(id, 'trial', { state: 'done', progress: 1, finishedAt, figures: figuresOf(result) });
  }

  /** Of a model or of all, the newest first. */
  list(modelId?: string): Trial[] {
    if (!existsSync(this.folder)) return [];
    const found = readdirSync(this.folder).flatMap((id) => this.get(id) ?? []);
    return found
      .filter((trial) => modelId === undefined || trial.modelId === modelId)
      .sort((a, b) => (a.askedAt === b.askedAt ? (a.id < b.id ? 1 : -1) : a.askedAt < b.askedAt ? 1 : -1));
  }

  cancel(id: string): void {
    writeFileSync(join(this.folder, id, 'cancel'), '');
  }

  isCancelled(id: string): boolean {
    return existsSync(join(this.folder, id, 'cancel'));
  }

  /** Whole or not at all. */
  private write(id: string, name: string, content: object): void {
    const file = join(this.folder, id, `${name}.json`);
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(content));
    renameSync(temporary, file);
  }

  private read<Content>(id: string, name: string): Content | undefined {
    // Ids come from outside, and no other folder is anybody's business.
    if (!ID.test(id)) return undefined;
    const file = join(this.folder, id, `${name}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Content) : undefined;
  }
}
