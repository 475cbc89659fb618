import { randomBytes } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { CLOCK, type Clock } from '@leadlog/time';
import {
  afterRollback,
  fromNowOn,
  inZoneOf,
  knownAs,
  liveModel,
  modelOfVersion,
  type LiveModel,
  type MainModel,
} from '../published/live-model';
import { MAIN_MODEL, MODEL_READER, type ModelReader } from '../published/models.handlers';
import { ModelHistory, type ModelRefusal } from '../published/stored-model';
import { UnknownModel } from '../scores/score-queries';
import { TrialFiles, type Trial } from './trial-files';
import { TRIALS_QUEUE, type TrialKind, type TrialOptions, type TrialRequest, type TrialResult } from './trials';

/** Injection token of the tenant's time zone. */
export const TRIALS_TIMEZONE = 'TrialsTimezone';

export interface AskedTrial {
  kind: TrialKind;
  /** What is tried: a document, what a rollback would make live, or a version; the latest by default. */
  of: { text: string } | 'rollback' | { version?: string };
  /** As if it were published for future events only. */
  prospective: boolean;
  /** Others to stand beside it: `<model>`, or `<model>/<version>`. */
  against: readonly string[];
  options: TrialOptions;
}

/** Answered with the trial that now waits for a worker. Rejects with UnknownModel, InvalidDocument. */
export class StartTrial extends Command<Trial | { refused: ModelRefusal }> {
  constructor(
    readonly modelId: string,
    readonly asked: AskedTrial,
  ) {
    super();
  }
}

@CommandHandler(StartTrial)
export class StartTrialHandler implements ICommandHandler<StartTrial> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
    @Inject(MODEL_READER) private readonly reader: ModelReader,
    @Inject(TRIALS_TIMEZONE) private readonly timezone: string,
    @Inject(TrialFiles) private readonly files: TrialFiles,
  ) {}

  async execute({ modelId, asked: { kind, of, prospective, against, options } }: StartTrial) {
    const history = await ModelHistory.read(this.log, modelId);
    const ofSettings = modelId === this.main.modelId ? this.main : undefined;
    const live = liveModel(history) ?? ofSettings?.model;
    const draft = await this.tried(history, of, ofSettings);
    if ('refused' in draft) return draft;
    const counts: LiveModel = prospective ? fromNowOn(history, draft.model, await this.log.head(), ofSettings?.model) : draft.model;
    const challengers = await Promise.all(against.map((name) => this.challenger(name)));
    const askedAt = new Date(this.clock()).toISOString();
    const id = `${kind}-${askedAt.replace(/\D/g, '')}-${randomBytes(2).toString('hex')}`;
    const ofTenant = (model: LiveModel): LiveModel => inZoneOf(model, this.timezone);
    const request: TrialRequest = {
      kind,
      modelId,
      version: draft.version,
      draft: ofTenant(counts),
      text: draft.text,
      live: live && ofTenant(live),
      challengers: challengers.map(({ name, model }) => ({ name, model: ofTenant(model) })),
      handsOff: modelId === this.main.modelId,
      options,
    };
    // What is asked is there before the job that looks for it.
    const trial = this.files.ask(id, request, askedAt);
    await this.jobs.enqueue([{ id, queue: TRIALS_QUEUE, payload: {} }]);
    return trial;
  }

  private async tried(
    history: ModelHistory,
    of: AskedTrial['of'],
    ofSettings: MainModel | undefined,
  ): Promise<Tried | { refused: ModelRefusal }> {
    if (of !== 'rollback') return 'text' in of ? this.reader.read(of.text, history.modelId) : known(history, of.version, ofSettings);
    const after = await afterRollback(this.log, history.modelId, this.clock());
    return 'refused' in after ? after : { version: knownAs(after.model), text: '', model: after.model };
  }

  /** Of `<model>`: what is live of it, or drafted last. */
  private async challenger(name: string): Promise<{ name: string; model: LiveModel }> {
    const [modelId = '', version] = name.split('/', 2);
    const history = await ModelHistory.read(this.log, modelId);
    const live = version === undefined ? liveModel(history) : undefined;
    return { name, model: live ?? known(history, version, modelId === this.main.modelId ? this.main : undefined).model };
  }
}

interface Tried {
  version: string;
  text: string;
  model: LiveModel;
}

function known(history: ModelHistory, asked: string | undefined, ofSettings: MainModel | undefined): Tried {
  const version = asked ?? history.state.versions.at(-1)?.version ?? ofSettings?.version;
  if (version !== undefined && version === ofSettings?.version && !history.document(version)) return ofSettings;
  const model = version === undefined ? undefined : modelOfVersion(history, version);
  if (!model) throw UnknownModel.of(history.modelId, asked);
  const { definition, text = JSON.stringify(definition, null, 2) } = history.document(version!.split('@', 1)[0]!)!;
  return { version: version!, text, model };
}

/** Of a model, the newest first. */
export class ListTrials extends Query<Trial[]> {
  constructor(readonly modelId: string) {
    super();
  }
}

@QueryHandler(ListTrials)
export class ListTrialsHandler implements IQueryHandler<ListTrials> {
  constructor(@Inject(TrialFiles) private readonly files: TrialFiles) {}

  async execute({ modelId }: ListTrials) {
    return this.files.list(modelId);
  }
}

/** With its result once it is done; undefined where there is no such trial. */
export class GetTrial extends Query<(Trial & { result?: TrialResult }) | undefined> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetTrial)
export class GetTrialHandler implements IQueryHandler<GetTrial> {
  constructor(
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(TrialFiles) private readonly files: TrialFiles,
  ) {}

  async execute({ id }: GetTrial) {
    const trial = await standing(id, this.files, this.jobs);
    return trial?.state === 'done' ? { ...trial, result: this.files.resultOf(id) } : trial;
  }
}

/** A finished one is kept, and answered as GetTrial does; undefined where there is no such trial. */
export class CancelTrial extends Command<(Trial & { result?: TrialResult }) | undefined> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(CancelTrial)
export class CancelTrialHandler implements ICommandHandler<CancelTrial> {
  constructor(
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(TrialFiles) private readonly files: TrialFiles,
  ) {}

  async execute({ id }: CancelTrial) {
    const { state } = (await standing(id, this.files, this.jobs)) ?? {};
    if (state === 'waiting' || state === 'running') this.files.cancel(id);
    const trial = await standing(id, this.files, this.jobs);
    return trial?.state === 'done' ? { ...trial, result: this.files.resultOf(id) } : trial;
  }
}

/** The job is what performs it: one that never came to be is made up for, and of one that was given up nobody waits for more. */
async function standing(id: string, files: TrialFiles, jobs: Jobs): Promise<Trial | undefined> {
  const trial = files.get(id);
  if (trial?.state !== 'waiting' && trial?.state !== 'running') return trial;
  const job = await jobs.get(TRIALS_QUEUE, id);
  if (!job) await jobs.enqueue([{ id, queue: TRIALS_QUEUE, payload: {} }]);
  return job?.state === 'dead' ? { ...trial, state: 'failed', error: job.lastError ?? trial.error } : trial;
}
