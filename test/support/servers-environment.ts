import { TestEnvironment } from 'jest-environment-node';
import { startEventStoreProcess } from './eventstoredb/server-process';
import { startRedisServer } from './redis-server';

/**
 * For test files on production adapters: servers of the file's own, unless REDIS_URL and EVENTSTORE_URL name some to try. Of its own,
 * since every engine that starts goes through the whole log of its server, also through what other tests wrote.
 */
export default class ServersEnvironment extends TestEnvironment {
  private readonly started: { end(): Promise<void> }[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    const { env } = this.global.process;
    env.REDIS_URL ||= await this.urlOf(startRedisServer());
    env.EVENTSTORE_URL ||= await this.urlOf(startEventStoreProcess());
  }

  override async teardown(): Promise<void> {
    for (const server of this.started) await server.end();
    await super.teardown();
  }

  private async urlOf(starting: Promise<{ url: string; end(): Promise<void> }>): Promise<string> {
    const server = await starting;
    this.started.push(server);
    return server.url;
  }
}
