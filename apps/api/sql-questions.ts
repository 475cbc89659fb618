import { createReadStream, rmSync } from 'node:fs';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SqlProcesses, type SqlAnswer, type SqlFormat } from '@leadlog/reports';
import type { SqlBody } from './sql.dto';

export const MEDIA_TYPES: Readonly<Record<Exclude<SqlFormat, 'json'>, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

/** A question over HTTP: limits by default, taken back when whoever asked hangs up, answered as JSON or as a file. */
@Injectable()
export class SqlQuestions {
  constructor(@Inject(SqlProcesses) private readonly processes: SqlProcesses) {}

  answer({ sql, parameters, format = 'json', limit, seconds = 30, asOf }: SqlBody, reply: FastifyReply): Promise<SqlAnswer> {
    const gone = new AbortController();
    // Of this answer, not of the connection: that one carries many, and would keep a listener of each. Closed after its end, nothing is left to take back.
    reply.raw.once('close', () => gone.abort());
    const question = { sql, parameters, format, limit: limit ?? (format === 'json' ? 10_000 : 1_000_000), timeoutMs: seconds * 1_000, ...(asOf !== undefined && { asOf: Date.parse(asOf) }) };
    return this.processes.ask(question, { signal: gone.signal });
  }

  async ask(body: SqlBody, reply: FastifyReply): Promise<Omit<SqlAnswer, 'file'> | StreamableFile> {
    const { format = 'json' } = body;
    const { file, ...answer } = await this.answer(body, reply);
    reply.header('leadlog-position', answer.position);
    if (answer.replays) reply.header('leadlog-replays', replaysText(answer.replays));
    if (file === undefined || format === 'json') return answer;
    reply.header('leadlog-rows', String(answer.rowCount)).header('leadlog-truncated', String(answer.truncated));
    const stream = createReadStream(file);
    // Open, it can be read to its end although its name is gone.
    stream.once('open', () => rmSync(file));
    return new StreamableFile(stream, { type: MEDIA_TYPES[format], disposition: `attachment; filename="answer.${format}"` });
  }
}

const replaysText = (replays: Readonly<Record<string, string>>): string => Object.entries(replays).map(([view, position]) => `${view}=${position}`).join(', ');
