import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { TO_HAND_OFF } from '@leadlog/handoff';
import {
  ProjectionControl,
  progressOf,
  READ_MODEL_STORE,
  type GenerationRecord,
  type ReadModelStore,
} from '@leadlog/projections';
import { DUE_LIST } from '@leadlog/scoring';
import { CLOCK, type Clock } from '@leadlog/time';
import { notKnown } from '../problem-details';
import { Answers } from '../answer-schemas';
import { RebuildBody, UnparkBody } from './projections.dto';
import { DroppedAnswer, GenerationAnswer, ParkedList, PausedAnswer, ProjectionList, UnparkedAnswer } from './operating.answers';

/** Counted; whoever waits for none need not know how many more there are. */
const MOST_DUE = 1_000;

/** Operating projections. Commands change the registry at once; the worker follows within milliseconds. */
@ApiTags('projections')
@Controller('v1/projections')
export class ProjectionsController {
  private readonly control: ProjectionControl;

  constructor(
    @Inject(READ_MODEL_STORE) private readonly store: ReadModelStore,
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.control = new ProjectionControl(store, clock);
  }

  @Get()
  @ApiOperation({ summary: 'List projections: state, lag, rate, progress of a build, parked keys, generations' })
  @Answers(ProjectionList)
  async list(): Promise<ProjectionList> {
    const { generations } = await this.store.registry();
    const head = await this.log.head();
    const told = await progressOf(this.store, this.clock);
    const described = await Promise.all(
      generations.map(async (generation) => {
        const progress = told.get(generation.id);
        const checkpoint = (await this.store.checkpoint(generation.id)) ?? -1n;
        const parked = await this.store.listSize(generation.id, '~parked');
        const due = generation.state === 'live' ? await this.dueOf(generation.id) : 0;
        return { generation, progress, checkpoint, parked, due };
      }),
    );
    const names = [...new Set(generations.map((generation) => generation.projection))].sort();
    const items = names.map((name) => {
      const mine = described.filter((one) => one.generation.projection === name);
      const shown = mine.find((one) => one.generation.state === 'live') ?? mine.at(-1)!;
      const building = mine.find((one) => one.generation.state === 'building');
      return {
        name,
        generation: shown.generation.id,
        version: shown.generation.version,
        state: shown.generation.state,
        paused: shown.generation.paused,
        checkpoint: String(shown.checkpoint),
        head: String(head),
        lag: Number(head - shown.checkpoint),
        done: building?.progress?.done,
        total: building?.progress?.total,
        rate: (building ?? shown).progress?.rate ?? 0,
        secondsLeft: building?.progress?.secondsLeft,
        parked: shown.parked,
        due: shown.due,
        error: mine.findLast((one) => one.generation.error)?.generation.error,
        generations: mine.map((one) => summary(one.generation, one.checkpoint)),
      };
    });
    return { items, position: String(head) };
  }

  private async dueOf(generation: string): Promise<number> {
    const range = { max: this.clock(), limit: MOST_DUE };
    const lists = await Promise.all([DUE_LIST, TO_HAND_OFF].map((list) => this.store.list(generation, list, range)));
    return Math.min(MOST_DUE, lists.flat().length);
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({ summary: 'Build a new generation next to the live one' })
  @Answers(GenerationAnswer, { status: 202 })
  async rebuild(@Param('name') name: string, @Body() body: RebuildBody): Promise<GenerationAnswer> {
    return { projection: name, generation: await this.control.rebuild(name, body?.autoSwitch ?? true) };
  }

  @Post(':name/switch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make the generation that has caught up live' })
  @Answers(GenerationAnswer)
  async switch(@Param('name') name: string): Promise<GenerationAnswer> {
    return { projection: name, generation: await this.control.switch(name) };
  }

  @Post(':name/rollback')
  @HttpCode(202)
  @ApiOperation({ summary: 'Go back to the generation that was live before, once it has caught up; this survives a restart' })
  @Answers(GenerationAnswer, { status: 202 })
  async rollback(@Param('name') name: string): Promise<GenerationAnswer> {
    return { projection: name, generation: await this.control.rollback(name) };
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop folding until it is resumed' })
  @Answers(PausedAnswer)
  async pause(@Param('name') name: string): Promise<PausedAnswer> {
    await this.control.pause(name, true);
    return { projection: name, paused: true };
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume folding where it was paused' })
  @Answers(PausedAnswer)
  async resume(@Param('name') name: string): Promise<PausedAnswer> {
    await this.control.pause(name, false);
    return { projection: name, paused: false };
  }

  @Delete(':name/generations/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Drop a generation that is not live' })
  @Answers(DroppedAnswer)
  async drop(@Param('name') name: string, @Param('id') id: string): Promise<DroppedAnswer> {
    await this.control.drop(name, id);
    return { projection: name, dropped: id };
  }

  @Get(':name/parked')
  @ApiOperation({ summary: 'List keys that are parked because one of their events could not be folded' })
  @Answers(ParkedList)
  async parked(@Param('name') name: string): Promise<ParkedList> {
    return { items: await this.control.parked(name), position: String(await this.log.head()) };
  }

  @Post(':name/unpark')
  @HttpCode(202)
  @ApiOperation({ summary: 'Fold parked keys again from their streams; without `key`, all of them' })
  @Answers(UnparkedAnswer, { status: 202 })
  async unpark(@Param('name') name: string, @Body() body: UnparkBody): Promise<UnparkedAnswer> {
    const parked = await this.control.parked(name);
    if (body?.key !== undefined && !parked.some((one) => one.key === body.key)) throw notKnown('/key', `a parked key of ${name}`, body.key);
    return { projection: name, keys: await this.control.unpark(name, body?.key) };
  }
}

function summary(generation: GenerationRecord, checkpoint: bigint) {
  const { id, version, state, paused, autoSwitch, error, createdAt, switchedAt, insteadOf } = generation;
  return { id, version, state, paused, autoSwitch, error, createdAt, switchedAt, insteadOf, checkpoint: String(checkpoint) };
}
