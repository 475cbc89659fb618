import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReportResult } from '@leadlog/reports';
import { apiUrl, callApi, request } from '../api-client';
import type { Answer, Asked, Asker, ViewItem, Watch } from './asker';

const LOOK_EVERY_MS = 200;
/** An api that does not answer keeps nobody from leaving; hanging up takes the question back too. */
const TAKE_BACK_MS = 2_000;

/** Asks a running api. */
export class ApiAsker implements Asker {
  constructor(private readonly url: string) {}

  sql(sql: string, asked: Asked, watch: Watch): Promise<Answer> {
    return this.ask('/v1/sql', { ...asked, sql }, watch);
  }

  report(name: string, asked: Asked, watch: Watch): Promise<Answer> {
    return this.ask(runPath(name), asked, watch);
  }

  /** The answer is kept there. */
  async keep(name: string, asked: Omit<Asked, 'format'>, watch: Watch): Promise<ReportResult> {
    return (await (await this.watched(runPath(name), { ...asked, keep: true }, watch)).json()) as ReportResult;
  }

  async views(): Promise<ViewItem[]> {
    return (await callApi<{ items: ViewItem[] }>(this.url, 'GET', '/v1/sql/views')).items;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async ask(path: string, body: Asked & { sql?: string }, watch: Watch): Promise<Answer> {
    const response = await this.watched(path, body, watch);
    const header = (name: string) => response.headers.get(`leadlog-${name}`)!;
    return {
      bytes: Readable.fromWeb(response.body! as never),
      rowCount: Number(header('rows')),
      truncated: header('truncated') === 'true',
      position: header('position'),
      replays: replaysIn(response.headers.get('leadlog-replays')),
    };
  }

  private async watched(path: string, body: object, { signal, onProgress }: Watch): Promise<Response> {
    const questionId = randomUUID();
    const hangUp = new AbortController();
    const over = new AbortController();
    const takeBack = (): void => {
      // Said as well as hung up, since between us and the api there may be one who keeps the connection.
      const said = request(apiUrl(this.url, `/v1/sql/questions/${questionId}`), {
        method: 'DELETE',
        signal: AbortSignal.timeout(TAKE_BACK_MS),
      });
      void said.catch(() => undefined).finally(() => hangUp.abort());
    };
    signal.addEventListener('abort', takeBack);
    try {
      if (onProgress) void this.look(questionId, onProgress, over.signal);
      return await request(apiUrl(this.url, path), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, questionId }),
        signal: hangUp.signal,
      });
    } finally {
      over.abort();
      signal.removeEventListener('abort', takeBack);
    }
  }

  /** Of one that has not arrived, or is asked of another api behind the same address, nothing is known. */
  private async look(id: string, onProgress: NonNullable<Watch['onProgress']>, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const found = await request(apiUrl(this.url, `/v1/sql/questions/${id}`), { signal: over })
        .then((response) => response.json() as Promise<{ state: 'waiting' | 'running'; progress: number }>)
        .catch(() => undefined);
      if (found && !over.aborted) onProgress(found.state === 'waiting' ? 'waiting' : found.progress);
      await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    }
  }
}

/** `view=position, …` */
const replaysIn = (header: string | null): Record<string, string> =>
  Object.fromEntries(
    (header ?? '')
      .split(', ')
      .filter(Boolean)
      .map((one) => one.split('=') as [string, string]),
  );

const runPath = (name: string) => `/v1/reports/${encodeURIComponent(name)}/run`;
