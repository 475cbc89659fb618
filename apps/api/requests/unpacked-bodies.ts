import type { FastifyInstance } from 'fastify';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { shown } from '@leadlog/events';
import { refused } from '../problem-details';

const PACKED = new Set(['gzip', 'x-gzip']);

export const isPacked = (headers: Readonly<Record<string, unknown>>): boolean =>
  PACKED.has(String(headers['content-encoding'] ?? '').toLowerCase());

/** What gunzip says of bytes that are not what they claim to be. */
export const isBadPacking = (error: unknown): boolean => /^Z_/.test(String((error as { code?: unknown } | undefined)?.code));

/**
 * Takes bodies in gzip, of every route. They are unpacked as they come: whatever counts the bytes of a body counts unpacked ones, so a
 * small body that unpacks to a large one is refused where the large one would be.
 */
export function unpackBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, next) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return next(null, payload);
    if (!isPacked(request.headers)) return next(refused(415, '/content-encoding', 'gzip or none', shown(encoding)));
    // By this Fastify compares with content-length what has come, not what it became.
    const unpacked = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
    payload.on('data', (chunk: Buffer) => (unpacked.receivedEncodedLength += chunk.length));
    pipeline(payload, unpacked, () => undefined);
    next(null, unpacked);
  });
}
