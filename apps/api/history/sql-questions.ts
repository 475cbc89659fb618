import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SqlProcesses, type AnswerFile, type SqlFormat, type SqlQuestion } from '@leadlog/sql';
import { CLOCK, type Clock } from '@leadlog/time';
import { notKnown, refused } from '../problem-details';
import type { SqlBody } from './sql.dto';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const MEDIA_TYPES: Readonly<Record<Exclude<SqlFormat, 'json'>, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

/** A question that this api has not answered yet. */
export interface QuestionUnderWay {
  id: string;
  askedAt: string;
  sql: string;
  state: 'waiting' | 'running';
  /** 0 to 1, as far as it can be told. */
  progress: number;
}

/**
 * Questions over HTTP: limits by default, answered with the bytes of a file that nobody here reads; taken back when whoever asked hangs up,
 * or anybody says so.
 */
@Injectable()
export class SqlQuestions {
  private readonly underWay = new Map<string, QuestionUnderWay & { takeBack: AbortController }>();

  constructor(
    @Inject(SqlProcesses) private readonly processes: SqlProcesses,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async answer(
    { sql, parameters, format = 'json', limit, seconds = 30, asOf, questionId: id = randomUUID() }: SqlBody,
    reply: FastifyReply,
    about?: SqlQuestion['about'],
  ): Promise<AnswerFile> {
    if (this.underWay.has(id))
      throw refused(409, '/questionId', 'an id of its own for each question', `${JSON.stringify(id)}, which is under way`);
    const takeBack = new AbortController();
    // Of this answer, not of the connection: that one carries many, and would keep a listener of each. Closed after its end, nothing is
    // left to take back.
    reply.raw.once('close', () => takeBack.abort());
    const mine = {
      id,
      askedAt: new Date(this.clock()).toISOString(),
      sql,
      state: 'waiting' as QuestionUnderWay['state'],
      progress: 0,
      takeBack,
    };
    this.underWay.set(id, mine);
    const question = {
      sql,
      parameters,
      format,
      about,
      limit: limit ?? (format === 'json' ? 10_000 : 1_000_000),
      timeoutMs: seconds * 1_000,
      ...(asOf !== undefined && { asOf: Date.parse(asOf) }),
    };
    const onProgress = (progress: number): void => void Object.assign(mine, { state: 'running', progress });
    try {
      return await this.processes.ask(question, { signal: takeBack.signal, onProgress });
    } finally {
      this.underWay.delete(id);
    }
  }

  /** `about`: members that the JSON document begins with. */
  async ask(body: SqlBody, reply: FastifyReply, about?: SqlQuestion['about']): Promise<StreamableFile> {
    const { format = 'json' } = body;
    const { file, bytes, rowCount, truncated, position, replays } = await this.answer(body, reply, about);
    reply.header('leadlog-position', position).header('leadlog-rows', String(rowCount)).header('leadlog-truncated', String(truncated));
    if (replays) reply.header('leadlog-replays', replaysText(replays));
    const given =
      format === 'json' ? { type: JSON_TYPE } : { type: MEDIA_TYPES[format], disposition: `attachment; filename="answer.${format}"` };
    return sent(file, { ...given, length: bytes }, 'and removed');
  }

  /** The oldest first. */
  all(): QuestionUnderWay[] {
    return [...this.underWay.values()].map(({ takeBack: _, ...question }) => question);
  }

  one(id: string): QuestionUnderWay {
    const { takeBack: _, ...question } = this.known(id);
    return question;
  }

  takeBack(id: string): void {
    this.known(id).takeBack.abort();
  }

  private known(id: string) {
    const found = this.underWay.get(id);
    if (!found) throw notKnown('/id', 'a question that is under way here; it may have been answered, or was asked of another api', id);
    return found;
  }
}

const replaysText = (replays: Readonly<Record<string, string>>): string =>
  Object.entries(replays)
    .map(([view, position]) => `${view}=${position}`)
    .join(', ');

/** The bytes of a file as they are. Open, it can be read to its end although its name is gone. */
export async function sent(
  file: string,
  options: ConstructorParameters<typeof StreamableFile>[1],
  then?: 'and removed',
): Promise<StreamableFile> {
  const opened = await open(file);
  if (then) await rm(file);
  return new StreamableFile(opened.createReadStream(), options);
}
