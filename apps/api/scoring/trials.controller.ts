import { randomBytes } from 'node:crypto';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { JOBS, type Jobs } from '@leadlog/jobs';
import { afterRollback, fromNowOn, inZoneOf, knownAs, liveModel, ModelHistory, modelOfVersion, TrialFiles, TRIALS_QUEUE, UnknownModel, type LiveModel, type Trial, type TrialRequest, type TrialResult } from '@leadlog/scoring';
import { CLOCK, isCalendarDate, type Clock } from '@leadlog/time';
import type { MainModel } from '../../setup/main-model';
import { notKnown, refused } from '../problem-details';
import { TIMEZONE } from '../history/reports.controller';
import { Answers } from '../answer-schemas';
import { ModelDocuments } from './model-documents';
import { MAIN_MODEL } from './models.controller';
import { TrialBody } from './trials.dto';
import { StartedTrial, TrialList, TrialWithResult } from './models.answers';

/** What a model would do, and what it would have done. Each trial is a job of a worker with the archive. */
@ApiTags('models')
@Controller('v1')
export class TrialsController {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MAIN_MODEL) private readonly main: MainModel,
    @Inject(TIMEZONE) private readonly timezone: string,
    @Inject(TrialFiles) private readonly files: TrialFiles,
    @Inject(ModelDocuments) private readonly documents: ModelDocuments,
  ) {}

  @Post('models/:id/trials')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a preview, a backtest or a suggestion; GET /v1/trials/{trial} gives its progress and result' })
  @Answers(StartedTrial, { status: 202 })
  async start(@Param('id') modelId: string, @Body() { kind, version, document, mode, rollback = false, against = [], ...options }: TrialBody) {
    if (version !== undefined && document !== undefined) throw refused(422, '', 'either a version or a document', 'both');
    const history = await ModelHistory.read(this.log, modelId);
    const ofSettings = modelId === this.main.modelId ? this.main : undefined;
    const live = liveModel(history) ?? ofSettings?.model;
    if (rollback && (kind !== 'preview' || version !== undefined || document !== undefined || mode !== undefined)) throw refused(422, '/rollback', 'it with a preview, and without version, document and mode', `it with a ${kind}${kind === 'preview' ? ' and others' : ''}`);
    const draft = rollback ? await this.before(modelId) : document === undefined ? this.known(history, version, ofSettings) : await this.documents.read(document, modelId);
    if (mode !== undefined && kind !== 'preview') throw refused(422, '/mode', 'it with a preview only', `it with a ${kind}`);
    for (const name of ['from', 'to'] as const) {
      const day = options[name];
      if (day !== undefined && !isCalendarDate(day)) throw refused(400, `/${name}`, 'a day as YYYY-MM-DD', JSON.stringify(day));
    }
    const counts: LiveModel = mode === 'prospective' ? fromNowOn(history, draft.model, await this.log.head(), ofSettings?.model) : draft.model;
    const challengers = await Promise.all(against.map((name) => this.challenger(name)));
    const askedAt = new Date(this.clock()).toISOString();
    const id = `${kind}-${askedAt.replace(/\D/g, '')}-${randomBytes(2).toString('hex')}`;
    const ofTenant = (model: LiveModel): LiveModel => inZoneOf(model, this.timezone);
    const request: TrialRequest = { kind, modelId, version: draft.version, draft: ofTenant(counts), text: draft.text, live: live && ofTenant(live), challengers: challengers.map(({ name, model }) => ({ name, model: ofTenant(model) })), handsOff: modelId === this.main.modelId, options };
    // What is asked is there before the job that looks for it.
    const trial = this.files.ask(id, request, askedAt);
    await this.jobs.enqueue([{ id, queue: TRIALS_QUEUE, payload: {} }]);
    return trial;
  }

  @Get('models/:id/trials')
  @ApiOperation({ summary: 'List the trials of a model, newest first, with their main figures side by side' })
  @Answers(TrialList)
  list(@Param('id') modelId: string) {
    return { items: this.files.list(modelId) };
  }

  @Get('trials/:trial')
  @ApiOperation({ summary: 'Progress and result of a trial' })
  @Answers(TrialWithResult)
  async one(@Param('trial') id: string): Promise<Trial & { result?: TrialResult }> {
    const trial = this.files.get(id);
    if (!trial) throw notKnown('/trial', 'a trial (GET /v1/models/{id}/trials lists those of a model)', id);
    if (trial.state === 'done') return { ...trial, result: this.files.resultOf(id) };
    return trial.state === 'waiting' || trial.state === 'running' ? this.checked(trial) : trial;
  }

  @Delete('trials/:trial')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a trial; a finished one is kept' })
  @Answers(TrialWithResult)
  async cancel(@Param('trial') id: string): Promise<Trial> {
    const { state } = await this.one(id);
    if (state === 'waiting' || state === 'running') this.files.cancel(id);
    return this.one(id);
  }

  /** The job is what performs it: one that never came to be is made up for, and of one that was given up nobody waits for more. */
  private async checked(trial: Trial): Promise<Trial> {
    const job = await this.jobs.get(TRIALS_QUEUE, trial.id);
    if (!job) await this.jobs.enqueue([{ id: trial.id, queue: TRIALS_QUEUE, payload: {} }]);
    return job?.state === 'dead' ? { ...trial, state: 'failed', error: job.lastError ?? trial.error } : trial;
  }

  /** What would be live after a rollback now. */
  private async before(modelId: string): Promise<{ version: string; text: string; model: LiveModel }> {
    const after = await afterRollback(this.log, modelId, this.clock());
    if ('refused' in after) throw refused(409, '/rollback', after.refused.expected, after.refused.got);
    return { version: knownAs(after.model), text: '', model: after.model };
  }

  /** `<model>`: what is live of it, or drafted last; `<model>/<version>`. */
  private async challenger(name: string): Promise<{ name: string; model: LiveModel }> {
    const [modelId = '', version] = name.split('/', 2);
    const history = await ModelHistory.read(this.log, modelId);
    const live = version === undefined ? liveModel(history) : undefined;
    return { name, model: live ?? this.known(history, version, modelId === this.main.modelId ? this.main : undefined).model };
  }

  private known(history: ModelHistory, asked: string | undefined, ofSettings: MainModel | undefined): { version: string; text: string; model: LiveModel } {
    const version = asked ?? history.state.versions.at(-1)?.version ?? ofSettings?.version;
    if (version !== undefined && version === ofSettings?.version && !history.document(version)) return ofSettings;
    const model = version === undefined ? undefined : modelOfVersion(history, version);
    if (!model) throw UnknownModel.of(history.modelId, asked);
    const { definition, text = JSON.stringify(definition, null, 2) } = history.document(version!.split('@', 1)[0]!)!;
    return { version: version!, text, model };
  }
}
