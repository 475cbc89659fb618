import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ORGANISATION } from '@leadlog/handoff/assignment/assignment.handlers';
import type { Organisation } from '@leadlog/organisation';
import { CLOCK, localDay, type Clock } from '@leadlog/time';
import { Answers } from '../answer-schemas';
import { Reads } from '../wait-for-position';
import { Reps } from './reps.answers';

/** Who works for sales, by name: what the organisation says for whoever shows numbers or moves leads. */
@ApiTags('sales')
@Controller('v1/reps')
@Reads()
export class RepsController {
  constructor(
    @Inject(ORGANISATION) private readonly organisation: () => Organisation,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List representatives and teams, as the organisation has them, with their names' })
  @Answers(Reps)
  list(): Reps {
    const { reps, teams, calendar } = this.organisation();
    const today = localDay(this.clock(), calendar.timezone);
    return {
      items: reps.map(({ id, name, team, leftOn, absent }) => ({
        repId: id,
        name,
        teamId: team,
        hasLeft: leftOn !== undefined && leftOn <= today,
        isAbsent: absent.some(({ from, to }) => from <= today && today <= to),
      })),
      teams: teams.map(({ id, name, kind, employer }) => ({ teamId: id, name, kind, employer })),
    };
  }
}
