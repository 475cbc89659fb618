import { Controller, Get, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GetMetrics } from './health.handlers';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  async text(@Res() reply: FastifyReply) {
    const { contentType, text } = await this.queries.execute(new GetMetrics());
    await reply.header('content-type', contentType).send(text);
  }
}
