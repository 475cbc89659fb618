import 'reflect-metadata';
import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { addBullBoard } from '@leadlog/jobs/bullmq/bull-board';
import { alwaysAtWork } from '@leadlog/organisation';
import { Metrics } from '../operating/metrics';
import { logger } from '../setup/logger';
import { teamsOf } from '../setup/organisation';
import { DEFAULT_LIMITS } from '../setup/settings';
import { documentOf } from './openapi-document';
import type { ApiDependencies } from './api-dependencies';
import { ApiModule } from './api.module';
import { addConsole } from './console/serve-console';
import { addContentTypes, addEventsRoute } from './events/events.route';
import { guardRequests, secure } from './requests/guard-requests';
import { Limits } from './requests/limits';
import { auditRequests } from './access/audit-requests';
import { keepToOwn } from './access/own-things';
import { requireAccess } from './access/require-access';
import { IdentityProvider } from './access/oidc/identity-provider';
import { addProviderSignIn } from './access/oidc/provider-sign-in';
import { addSignInPage } from './access/sign-in-page';
import { SignInPlace } from './access/sign-in-place';
import { keepToTeams } from './access/team-things';
import { LiveStreams } from './live/live-streams';
import { mergeDecisions } from './leads/merge-decisions';
import { nestLogger } from './nest-logger';
import { observeRequests } from './requests/observe-requests';
import { refuseConnection, sendProblem } from './problem-details';
import { refuseUnstorable } from './requests/refuse-unstorable';
import { MembersPipe } from './requests/request-members';
import { refuseSlowBodies } from './requests/slow-bodies';
import { unpackBodies } from './requests/unpacked-bodies';

const BULL_BOARD = '/admin/queues';
const LONGEST_HEADERS_MS = 15_000;
const LONGEST_BODY_MS = 60_000;

/** Open at once; each takes some of the memory and of the files of a process. */
const MOST_CONNECTIONS = 4_000;

/** The HTTP API over the given storage, ready to listen. Closing it leaves the storage open. */
export async function createApi(dependencies: ApiDependencies): Promise<NestFastifyApplication> {
  const { metrics = new Metrics(), board, docs = true, settings, tls } = dependencies;
  const merges = mergeDecisions(dependencies);
  const place = new SignInPlace(tls !== undefined || settings.behindProxy === true);
  const teamOf = teamsOf(dependencies.organisation ?? (() => alwaysAtWork([], settings.timezone)));
  const live = new LiveStreams({ ...dependencies, teamOf, onWarning: (message, error) => logger.warn({ err: error }, message) });
  metrics.liveStreams = () => live.count;
  const bodyMs = settings.bodyMs ?? LONGEST_BODY_MS;
  // Headers arrive within seconds, also the first ones of a connection; for bodies see refuseSlowBodies.
  const server = { headersTimeout: Math.min(LONGEST_HEADERS_MS, bodyMs), connectionsCheckingInterval: Math.min(5_000, bodyMs) };
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: 512 },
    ...(tls ? { https: { ...server, ...tls } } : { http: server }),
    // What a proxy adds to X-Forwarded-For is its last address; those before it anybody may have written.
    trustProxy: settings.behindProxy === true && ((_address: string, hop: number) => hop === 0),
    frameworkErrors: (error: Error, request: { url: string }, reply: FastifyReply) => {
      secure(reply, request.url);
      sendProblem(reply, error);
    },
    clientErrorHandler: refuseConnection,
  });
  // The parsers are ours: they keep to UTF-8, say where JSON is malformed, and hand NDJSON on as it comes.
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.for(dependencies, metrics, merges, place, live), adapter, {
    bodyParser: false,
    logger: nestLogger,
  });
  app.useGlobalPipes(new MembersPipe());
  const fastify = adapter.getInstance();
  const limits = new Limits({ ...DEFAULT_LIMITS, ...settings.limits });
  observeRequests(fastify as never, metrics);
  refuseSlowBodies(fastify as never, bodyMs);
  const hosts = new Set(settings.hosts);
  guardRequests(fastify as never, { hosts, listening: settings.host?.toLowerCase(), origins: new Set(settings.origins) });
  const { access, clock, uses } = dependencies;
  requireAccess(fastify as never, { access, clock, cookie: place.cookie, hosts, limits, uses });
  keepToOwn(fastify as never, dependencies.readModels, teamOf);
  keepToTeams(fastify as never, dependencies.readModels, teamOf);
  auditRequests(fastify as never, app.get(CommandBus));
  unpackBodies(fastify as never);
  limits.countBodies(fastify as never);
  refuseUnstorable(fastify as never);
  addContentTypes(fastify as never);
  addEventsRoute(fastify as never, app.get(CommandBus), limits);
  addSignInPage(fastify as never, settings.oidc !== undefined);
  addProviderSignIn(fastify as never, app.get(CommandBus), place, settings.oidc && new IdentityProvider(settings.oidc));
  addConsole(fastify as never);
  if (board) addBullBoard(fastify as never, board, BULL_BOARD);
  SwaggerModule.setup('docs', app, () => documentOf(app), { ui: docs, jsonDocumentUrl: 'openapi.json', yamlDocumentUrl: 'openapi.yaml' });
  // Streams would keep it from closing.
  fastify.addHook('preClose', () => live.close());
  limitConnections(adapter.getHttpServer() as Server);
  await app.init();
  await fastify.ready();
  return app;
}

function limitConnections(server: Server): void {
  server.maxConnections = MOST_CONNECTIONS;
  let told = 0;
  server.on('drop', () => {
    // Whoever floods us with connections must not flood the log too.
    if (performance.now() - told < 60_000 && told > 0) return;
    told = performance.now();
    logger.warn(`more than ${MOST_CONNECTIONS} connections at once: those above are closed`);
  });
}
