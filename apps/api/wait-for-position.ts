import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { START } from '@leadlog/event-log';
import { READ_MODELS, READ_MODEL_STORE, type ReadModels, type ReadModelStore } from '@leadlog/projections';
import { scoresBeside } from '@leadlog/scoring';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { wholeNumber, wrong } from './query-parameters';

const READS = 'leadlog:reads';

/** Names the projections that a route reads, so that `?after=` waits for these only. */
export const Reads = (...projections: string[]) => SetMetadata(READS, projections);

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_TIMEOUT_MS = 60_000;

/** What a read waits for by `after` and `timeout`; undefined if it need not. Throws RequestRefused. */
export function askedPosition({
  method,
  query,
}: Pick<FastifyRequest, 'method' | 'query'>): { position: bigint; timeoutMs: number } | undefined {
  const { after, timeout } = query as { after?: string; timeout?: string };
  if (method !== 'GET') return undefined;
  const timeoutMs = wholeNumber('timeout', timeout, DEFAULT_TIMEOUT_MS, 0, MAX_TIMEOUT_MS);
  if (after === undefined) return undefined;
  if (typeof after !== 'string' || !/^(-1|\d{1,18})$/.test(after)) throw wrong('after', 'a position, as a write answers it', String(after));
  const position = BigInt(after);
  return position > START ? { position, timeoutMs } : undefined;
}

/**
 * `?after=<position>&timeout=<ms>` on every read: answers only once the read models have passed the position, so that a
 * client reads its own writes without sleeping. Without `@Reads` it waits for every projection that is live.
 */
@Injectable()
export class AfterInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(READ_MODEL_STORE) private readonly store: ReadModelStore,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const asked = askedPosition(request);
    if (asked === undefined) return next.handle();
    const { model } = request.query as { model?: string };
    const named = this.reflector.getAllAndOverride<string[] | undefined>(READS, [context.getHandler(), context.getClass()]);
    await this.readModels.reached([...(named ?? (await this.live())), ...(await this.besides(model))], asked.position, asked.timeoutMs);
    return next.handle();
  }

  /** What is read of a model beside the main one is a projection of its own. */
  private async besides(model: unknown): Promise<string[]> {
    return typeof model === 'string' && (await this.live()).includes(scoresBeside(model)) ? [scoresBeside(model)] : [];
  }

  private async live(): Promise<string[]> {
    const { generations } = await this.store.registry();
    return generations.filter(({ state, paused }) => state === 'live' && !paused).map(({ projection }) => projection);
  }
}
