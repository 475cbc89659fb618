import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrialKind, TrialOptions, TrialRequest, TrialResult } from './trials';

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
  result?: TrialResult;
}

const ID = /^[\w-]+$/;

/**
 * Trials and what came of them, one folder each, in the folder of the archive that they are read from. `request.json` is written once by whoever
 * asks, `trial.json` by the one that performs it, `cancel` by whoever takes it back: no file has two writers.
 */
export class TrialFiles {
  constructor(private readonly folder: string) {}

  ask(id: string, request: TrialRequest, askedAt: string): Trial {
    mkdirSync(join(this.folder, id), { recursive: true });
    this.write(id, 'request', { ...request, askedAt });
    return this.get(id)!;
  }

  get(id: string): Trial | undefined {
    const request = this.read<TrialRequest & { askedAt: string }>(id, 'request');
    if (!request) return undefined;
    const { kind, modelId, version, options, askedAt } = request;
    const told = this.read<Partial<Trial>>(id, 'trial');
    const trial: Trial = { id, kind, modelId, version, options, askedAt, state: 'waiting', progress: 0, ...told };
    return this.isCancelled(id) && trial.state !== 'done' && trial.state !== 'failed' ? { ...trial, state: 'cancelled' } : trial;
  }

  requestOf(id: string): TrialRequest | undefined {
    return this.read<TrialRequest>(id, 'request');
  }

  tell(id: string, told: Pick<Trial, 'state' | 'progress'> & Partial<Pick<Trial, 'finishedAt' | 'error' | 'result'>>): void {
    this.write(id, 'trial', told);
  }

  /** Of a model or of all, the newest first. */
  list(modelId?: string): Trial[] {
    if (!existsSync(this.folder)) return [];
    const found = readdirSync(this.folder).flatMap((id) => this.get(id) ?? []);
    return found.filter((trial) => modelId === undefined || trial.modelId === modelId).sort((a, b) => (a.askedAt === b.askedAt ? (a.id < b.id ? 1 : -1) : a.askedAt < b.askedAt ? 1 : -1));
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
