import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { GenerationRecord } from '@leadlog/projections';
import { notKnown } from '../problem-details';
import { Answers } from '../answer-schemas';
import { RebuildBody, UnparkBody } from './projections.dto';
import { ChangeGeneration, ListGenerations, ListParkedKeys, OperateProjection, UnparkKeys } from './projections.handlers';
import { DroppedAnswer, GenerationAnswer, ParkedList, PausedAnswer, ProjectionList, UnparkedAnswer } from './operating.answers';

/** Operating projections. Commands change the registry at once; the worker follows within milliseconds. */
@ApiTags('projections')
@Controller('v1/projections')
export class ProjectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List projections: state, lag, rate, progress of a build, parked keys, generations' })
  @Answers(ProjectionList)
  async list(): Promise<ProjectionList> {
    const { generations: described, head } = await this.queries.execute(new ListGenerations());
    const names = [...new Set(described.map(({ generation }) => generation.projection))].sort();
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

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({ summary: 'Build a new generation next to the live one' })
  @Answers(GenerationAnswer, { status: 202 })
  async rebuild(@Param('name') name: string, @Body() body: RebuildBody): Promise<GenerationAnswer> {
    return {
      projection: name,
      generation: await this.commands.execute(new ChangeGeneration(name, { rebuild: { autoSwitch: body?.autoSwitch ?? true } })),
    };
  }

  @Post(':name/switch')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make the generation that has caught up live' })
  @Answers(GenerationAnswer)
  async switch(@Param('name') name: string): Promise<GenerationAnswer> {
    return { projection: name, generation: await this.commands.execute(new ChangeGeneration(name, 'switch')) };
  }

  @Post(':name/rollback')
  @HttpCode(202)
  @ApiOperation({ summary: 'Go back to the generation that was live before, once it has caught up; this survives a restart' })
  @Answers(GenerationAnswer, { status: 202 })
  async rollback(@Param('name') name: string): Promise<GenerationAnswer> {
    return { projection: name, generation: await this.commands.execute(new ChangeGeneration(name, 'rollback')) };
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop folding until it is resumed' })
  @Answers(PausedAnswer)
  async pause(@Param('name') name: string): Promise<PausedAnswer> {
    await this.commands.execute(new OperateProjection(name, 'pause'));
    return { projection: name, paused: true };
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume folding where it was paused' })
  @Answers(PausedAnswer)
  async resume(@Param('name') name: string): Promise<PausedAnswer> {
    await this.commands.execute(new OperateProjection(name, 'resume'));
    return { projection: name, paused: false };
  }

  @Delete(':name/generations/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Drop a generation that is not live' })
  @Answers(DroppedAnswer)
  async drop(@Param('name') name: string, @Param('id') id: string): Promise<DroppedAnswer> {
    await this.commands.execute(new OperateProjection(name, { drop: id }));
    return { projection: name, dropped: id };
  }

  @Get(':name/parked')
  @ApiOperation({ summary: 'List keys that are parked because one of their events could not be folded' })
  @Answers(ParkedList)
  async parked(@Param('name') name: string): Promise<ParkedList> {
    const { keys, through } = await this.queries.execute(new ListParkedKeys(name));
    return { items: keys, position: String(through) };
  }

  @Post(':name/unpark')
  @HttpCode(202)
  @ApiOperation({ summary: 'Fold parked keys again from their streams; without `key`, all of them' })
  @Answers(UnparkedAnswer, { status: 202 })
  async unpark(@Param('name') name: string, @Body() body: UnparkBody): Promise<UnparkedAnswer> {
    const keys = await this.commands.execute(new UnparkKeys(name, body?.key));
    if (keys === undefined) throw notKnown('/key', `a parked key of ${name}`, body.key!);
    return { projection: name, keys };
  }
}

function summary(generation: GenerationRecord, checkpoint: bigint) {
  const { id, version, state, paused, autoSwitch, error, createdAt, switchedAt, insteadOf } = generation;
  return { id, version, state, paused, autoSwitch, error, createdAt, switchedAt, insteadOf, checkpoint: String(checkpoint) };
}
