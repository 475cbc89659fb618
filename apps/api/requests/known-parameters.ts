import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import type { FastifyRequest } from 'fastify';
import { nearest, shown } from '@leadlog/events';
import { refused, refusedFor } from '../problem-details';
import { membersOf } from './request-members';

/** Of every read (wait-for-position.ts). */
const OF_EVERY_READ = ['after', 'timeout'];

/**
 * Refuses a query parameter that a route does not know, one given twice where it takes one, and a body where it takes none. Which ones it
 * knows is what its handler takes by `@Query` and `@Body`, so there is no list that could fall behind.
 */
@Injectable()
export class KnownParametersGuard implements CanActivate {
  private readonly known = new Map<unknown, Known>();

  canActivate(context: ExecutionContext): boolean {
    const { method, query, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const handler = context.getHandler();
    let known = this.known.get(handler);
    if (!known) this.known.set(handler, (known = knownTo(context.getClass(), handler.name)));
    refuseUnknownParameters(
      query,
      method === 'GET' || method === 'HEAD' ? [...known.names, ...OF_EVERY_READ] : known.names,
      known.severalTimes,
    );
    // Said to a route that takes nothing, it would be meant for another.
    if (!known.body && method !== 'GET' && method !== 'HEAD' && !isEmpty(body)) throw refused(400, '', 'no body', shown(body));
    return true;
  }
}

interface Known {
  names: string[];
  /** Those that are a list. */
  severalTimes: string[];
  /** It takes one. */
  body: boolean;
}

const isEmpty = (body: unknown): boolean =>
  body === undefined || body === null || (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0);

function knownTo(controller: Type, handler: string): Known {
  const taken = Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as Record<string, { index: number; data?: string }> | undefined) ?? {},
  );
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, handler) as Type[] | undefined) ?? [];
  const known: Known = { names: [], severalTimes: [], body: false };
  for (const [name, { index, data }] of taken.sort(([, a], [, b]) => a.index - b.index)) {
    const kind = Number(name.split(':', 1)[0]);
    known.body ||= kind === Number(RouteParamtypes.BODY);
    if (kind !== Number(RouteParamtypes.QUERY)) continue;
    if (data !== undefined) known.names.push(data);
    else {
      const { names, lists } = membersOf(types[index]!);
      known.names.push(...names);
      known.severalTimes.push(...lists);
    }
  }
  return known;
}

/** Throws RequestRefused. */
export function refuseUnknownParameters(query: unknown, names: readonly string[], severalTimes: readonly string[] = []): void {
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!names.includes(name)) {
      const expected = names.length === 0 ? 'no query parameters' : `one of ${names.join(', ')}; the nearest is ${nearest(name, names)}`;
      throw refusedFor(400, [{ pointer, expected, got: shown(name) }], `unknown query parameter ${shown(name)}; `);
    }
    if (Array.isArray(value) && !severalTimes.includes(name)) throw refused(400, pointer, 'one value', shown(value));
  }
}
