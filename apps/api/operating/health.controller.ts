import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequestRefused } from '../problem-details';
import { Answers } from '../answer-schemas';
import { GetReadiness } from './health.handlers';
import { Live, Ready } from './operating.answers';

@ApiTags('operation')
@Controller('health')
export class HealthController {
  constructor(private readonly queries: QueryBus) {}

  @Get('live')
  @ApiOperation({ summary: 'The process is running' })
  @Answers(Live)
  live(): Live {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Storage answers and takes writes, and every projection has a live generation that this program reads' })
  @Answers(Ready)
  async ready(): Promise<Ready> {
    const found = await this.queries.execute(new GetReadiness());
    if ('reasons' in found) throw new RequestRefused(503, found.reasons.join('; '));
    const { position, projections, warnings } = found;
    return { status: 'ready', position: String(position), projections, ...(warnings.length > 0 && { warnings }) };
  }
}
