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

export const DEFAULT_TIMEOUT_MS = 5_000;
export const MAX_TIMEOUT_MS = 60_000;

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
    const { after, timeout, model } = request.query as { after?: string; timeout?: string; model?: string };
    if (request.method !== 'GET') return next.handle();
    const timeoutMs = wholeNumber('timeout', timeout, DEFAULT_TIMEOUT_MS, 0, MAX_TIMEOUT_MS);
    if (after === undefined) return next.handle();
    if (typeof after !== 'string' || !/^(-1|\d{1,18})$/.test(after))
      throw wrong('after', 'a position, as a write answers it', String(after));
    const position = BigInt(after);
    const named = this.reflector.getAllAndOverride<string[] | undefined>(READS, [context.getHandler(), context.getClass()]);
    if (position > START)
      await this.readModels.reached([...(named ?? (await this.live())), ...(await this.besides(model))], position, timeoutMs);
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
