import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { EventLog } from '@leadlog/event-log';
import type { Jobs } from '@leadlog/jobs';
import { Ingestion, type Clock, type Lifecycle } from '@leadlog/lead';
import type { ReadModels, ReadModelStore } from '@leadlog/projections';
import type { Settings } from '../settings';
import { documentOf } from './api-document';
import { ApiModule } from './api.module';
import { addContentTypes, addEventsRoute } from './events.route';
import { refusalOf } from './problem-details';

export interface ApiDependencies {
  log: EventLog;
  readModels: ReadModels;
  store: ReadModelStore;
  jobs: Jobs;
  clock: Clock;
  settings: Pick<Settings, 'timezone'>;
  /** Decides on outside events of `lead-<leadId>` (see Ingestion). */
  lifecycle?: Lifecycle;
  /** Serve the pages at /docs too (true); /openapi.json is there in any case. */
  docs?: boolean;
}

/** The HTTP API over the given storage, ready to listen. Closing it leaves the storage open. */
export async function createApi(dependencies: ApiDependencies): Promise<NestFastifyApplication> {
  const { log, clock, lifecycle, docs = true } = dependencies;
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 512 } });
  // The parsers are ours: they keep to UTF-8, say where JSON is malformed, and hand NDJSON on as it comes.
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.for(dependencies), adapter, { bodyParser: false, logger: ['error', 'warn'] });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true, exceptionFactory: refusalOf }));
  const fastify = adapter.getInstance();
  addContentTypes(fastify as never);
  addEventsRoute(fastify as never, new Ingestion(log, { clock, lifecycle }));
  SwaggerModule.setup('docs', app, () => documentOf(app), { ui: docs, jsonDocumentUrl: 'openapi.json', yamlDocumentUrl: 'openapi.yaml' });
  await app.init();
  await fastify.ready();
  return app;
}
