import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { logger } from '../setup/logger';
import type { Readiness } from '../operating/readiness';
import { renewTls, tlsOf } from '../setup/listening';
import { cannotListen } from '../setup/program';
import type { Settings } from '../setup/settings';

/** What a worker tells its operator. */
export interface Operated {
  ready(): Promise<Readiness>;
  /** In the text format of Prometheus. */
  metrics(): Promise<{ type: string; text: string }>;
}

export interface OperatorHttp {
  url: string;
  close(): Promise<void>;
}

type ListensAt = Pick<Settings, 'host' | 'port'> & Partial<Pick<Settings, 'behindProxy' | 'tlsCert' | 'tlsKey'>>;

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** The only HTTP of a worker: whether it lives, whether it is ready, and its metrics. Three fixed answers need no framework. */
export async function listenForOperator(settings: ListensAt, operated: Operated): Promise<OperatorHttp> {
  const routes: Readonly<Record<string, () => Promise<Answer>>> = {
    '/health/live': () => Promise.resolve(json(200, { status: 'live' })),
    '/health/ready': async () => {
      const readiness = await operated.ready();
      return json(readiness.status === 'ready' ? 200 : 503, readiness);
    },
    '/metrics': async () => {
      const { type, text } = await operated.metrics();
      return { status: 200, type, body: text };
    },
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const route = routes[request.url!.split('?', 1)[0]!];
    if (!route)
      return send(
        response,
        problem(404, `a worker answers ${Object.keys(routes).join(', ')} and nothing else; everything else is asked of the api`),
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, problem(405, `expected GET, got ${request.method}`));
    route().then(
      (answer) => send(response, answer),
      (error: unknown) => {
        logger.error(error, 'a request of the operator failed');
        send(response, problem(500, 'internal error, which has been logged'));
      },
    );
  };
  const tls = tlsOf(settings);
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await listen(server, settings.host, settings.port);
  const renewal = renewTls(settings, (renewed) => (server as TlsServer).setSecureContext(renewed));
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http${tls ? 's' : ''}://${shown}:${address.port}`,
    close: async () => {
      renewal.stop();
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function listen(server: Server | TlsServer, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, { host, port });
  }
}

function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function problem(status: number, detail: string): Answer {
  return { ...json(status, { type: `urn:leadlog:problem:${status}`, status, detail }), type: 'application/problem+json; charset=utf-8' };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response
    .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' })
    .end(response.req.method === 'HEAD' ? undefined : body);
}
