import { createReadStream, rmSync } from 'node:fs';
import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SqlProcesses, VIEWS, type SqlFormat } from '@leadlog/reports';
import { SqlBody } from './sql.dto';

const MEDIA_TYPES: Readonly<Record<Exclude<SqlFormat, 'json'>, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

@ApiTags('sql')
@Controller('v1/sql')
export class SqlController {
  constructor(@Inject(SqlProcesses) private readonly processes: SqlProcesses) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'One SELECT over all of history: read only, bounded in time, memory and rows' })
  @ApiProduces('application/json', ...Object.values(MEDIA_TYPES))
  async ask(@Body() { sql, parameters, format = 'json', limit, seconds = 30, asOf }: SqlBody, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    // Whoever hangs up does not want the answer any more.
    const gone = new AbortController();
    request.raw.socket.once('close', () => gone.abort());
    const question = { sql, parameters, format, limit: limit ?? (format === 'json' ? 10_000 : 1_000_000), timeoutMs: seconds * 1_000, ...(asOf !== undefined && { asOf: Date.parse(asOf) }) };
    const { file, ...answer } = await this.processes.ask(question, { signal: gone.signal });
    reply.header('leadlog-position', answer.position);
    if (file === undefined || format === 'json') return answer;
    reply.header('leadlog-rows', String(answer.rowCount)).header('leadlog-truncated', String(answer.truncated));
    const stream = createReadStream(file);
    // Open, it can be read to its end although its name is gone; a crash in between leaves it to the next start.
    stream.once('open', () => rmSync(file));
    return new StreamableFile(stream, { type: MEDIA_TYPES[format], disposition: `attachment; filename="answer.${format}"` });
  }

  @Get('views')
  @ApiOperation({ summary: 'The views that SQL sees, column by column' })
  views() {
    return { items: VIEWS.filter(({ internal }) => !internal).map(({ name, says, columns }) => ({ name, says, columns: columns.map((column) => ({ ...column })) })) };
  }
}
