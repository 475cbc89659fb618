import { open, rm } from 'node:fs/promises';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { AnswerFile, SqlAnswer, SqlFormat } from '@leadlog/sql';

const JSON_TYPE = 'application/json; charset=utf-8';
export const MEDIA_TYPES: Readonly<Record<Exclude<SqlFormat, 'json'>, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

/** The answer as it was made, byte by byte; its file is removed. */
export async function answeredWith(
  { file, bytes, ...facts }: AnswerFile,
  format: SqlFormat = 'json',
  reply: FastifyReply,
): Promise<StreamableFile> {
  tellFacts(facts, reply);
  // Open, it can be read to its end although its name is gone.
  const opened = await open(file);
  await rm(file);
  return new StreamableFile(opened.createReadStream(), {
    ...(format === 'json' ? { type: JSON_TYPE } : { type: MEDIA_TYPES[format], disposition: `attachment; filename="answer.${format}"` }),
    length: bytes,
  });
}

/** The same document, of an answer that is in no file. */
export function answeredInMemory(answer: SqlAnswer, reply: FastifyReply): StreamableFile {
  tellFacts(answer, reply);
  return new StreamableFile(Buffer.from(JSON.stringify(answer)), { type: JSON_TYPE });
}

/** A JSON document that stays where it is. */
export async function document(file: string): Promise<StreamableFile> {
  return new StreamableFile((await open(file)).createReadStream(), { type: JSON_TYPE });
}

function tellFacts({ rowCount, truncated, position, replays }: Omit<AnswerFile, 'file' | 'bytes' | 'ms'>, reply: FastifyReply): void {
  reply.header('leadlog-position', position).header('leadlog-rows', String(rowCount)).header('leadlog-truncated', String(truncated));
  if (replays) reply.header('leadlog-replays', replaysText(replays));
}

const replaysText = (replays: Readonly<Record<string, string>>): string =>
  Object.entries(replays)
    .map(([view, position]) => `${view}=${position}`)
    .join(', ');
