import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ASSETS, CONSOLE_PATHS } from './console-paths';

/** Beside this program, where the build of it has put the console; sources have none. */
export const CONSOLE_FOLDER = resolve(__dirname, '../../console');

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Leadlog</title>
<h1>Leadlog</h1>
<p>This is the API. The console is not built here: <code>npm run build</code> builds it. The API is described at <a href="/docs">/docs</a>.</p>
</html>
`;

/**
 * The console at `/`. Every screen is the same page, which knows by its address what to show; so a link to one opens it. The page is asked for
 * each time (it is a kilobyte, and 304 as long as it is the same), everything else is kept for good.
 */
export function addConsole(fastify: FastifyInstance, folder = CONSOLE_FOLDER): void {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) {
    fastify.get('/', (_request, reply) => void reply.type('text/html; charset=utf-8').send(NOT_BUILT));
    return;
  }
  const page = pageOf(readFileSync(index));
  for (const path of ['/', ...CONSOLE_PATHS.flatMap((one) => [one, `${one}/*`])]) fastify.get(path, page);
  // No `decorateReply`: the pages at /docs come by the same plugin.
  void fastify.register(fastifyStatic, {
    root: join(folder, ASSETS),
    prefix: ASSETS,
    decorateReply: false,
    preCompressed: true,
    index: false,
    immutable: true,
    maxAge: '365d',
  });
}

function pageOf(html: Buffer): (request: FastifyRequest, reply: FastifyReply) => void {
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
  const packed: readonly [name: string, body: Buffer][] = [
    ['br', brotliCompressSync(html)],
    ['gzip', gzipSync(html)],
  ];
  return ({ headers }, reply) => {
    void reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
    if (headers['if-none-match']?.split(/, */).some((one) => one.replace(/^W\//, '') === etag)) return void reply.status(304).send();
    const [name, body] = packed.find(([one]) => accepts(headers['accept-encoding'], one)) ?? [];
    if (name !== undefined) void reply.header('content-encoding', name);
    void reply.type('text/html; charset=utf-8').send(body ?? html);
  };
}

const accepts = (header: string | string[] = '', name: string): boolean =>
  [header]
    .flat()
    .join(',')
    .split(',')
    .some((one) => {
      const [coding = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
      return coding === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
