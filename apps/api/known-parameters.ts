import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { getMetadataStorage } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { RequestRefused } from './problem-details';
import { nearest } from '@leadlog/lead';

/** Of every read (after.ts). */
const OF_EVERY_READ = ['after', 'timeout'];

/**
 * Refuses a query parameter that a route does not know, and one given twice where it takes one. Which ones it knows is what its handler
 * takes by `@Query`, so there is no list that could fall behind.
 */
@Injectable()
export class KnownParametersGuard implements CanActivate {
  private readonly known = new Map<unknown, Known>();

  canActivate(context: ExecutionContext): boolean {
    const { method, query } = context.switchToHttp().getRequest<FastifyRequest>();
    const handler = context.getHandler();
    let known = this.known.get(handler);
    if (!known) this.known.set(handler, (known = knownTo(context.getClass(), handler.name)));
    refuseUnknownParameters(query, method === 'GET' || method === 'HEAD' ? [...known.names, ...OF_EVERY_READ] : known.names, known.severalTimes);
    return true;
  }
}

interface Known {
  names: string[];
  /** Those that a class describes; its rules say whether several will do. */
  severalTimes: string[];
}

function knownTo(controller: Type, handler: string): Known {
  const taken = Object.entries((Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as Record<string, { index: number; data?: string }> | undefined) ?? {});
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, handler) as Type[] | undefined) ?? [];
  const known: Known = { names: [], severalTimes: [] };
  for (const [name, { index, data }] of taken.sort(([, a], [, b]) => a.index - b.index)) {
    if (Number(name.split(':', 1)[0]) !== Number(RouteParamtypes.QUERY)) continue;
    if (data === undefined) known.severalTimes.push(...membersOf(types[index]!));
    else known.names.push(data);
  }
  known.names.push(...known.severalTimes);
  return known;
}

const membersOf = (type: Type): string[] => [...new Set(getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).map(({ propertyName }) => propertyName))];

/** Throws RequestRefused. */
export function refuseUnknownParameters(query: unknown, names: readonly string[], severalTimes: readonly string[] = []): void {
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!names.includes(name)) {
      const expected = names.length === 0 ? 'no query parameters' : `one of ${[...new Set(names)].join(', ')}`;
      const hint = names.length === 0 ? '' : `; the nearest is ${nearest(name, [...names])}`;
      throw new RequestRefused(400, `unknown query parameter ${quoted(name)}: expected ${expected}${hint}`, [{ pointer, expected: `${expected}${hint}`, got: quoted(name) }]);
    }
    if (Array.isArray(value) && !severalTimes.includes(name)) throw new RequestRefused(400, `${name}: expected one value, got ${value.length}`, [{ pointer, expected: 'one value', got: quoted(value) }]);
  }
}

const quoted = (value: unknown): string => JSON.stringify(value).slice(0, 80);
