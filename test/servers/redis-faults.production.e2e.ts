import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { expectReadModelsAsRebuilt, untilQuiet } from '../support/read-models.testing';
import { startRedisCluster, startRedisServer, type RedisServer } from '../support/redis-server';
import { expectExactlyOnce, historyLines, hotLines, sendStream, type Line } from '../support/sent-lines.testing';

/** One engine through all faults of a suite, each while events come; its log has none. */
class Sufferer {
  engine!: EngineProcess;
  private readonly temporary = temporaryFolder();
  private readonly sent: Line[] = [];

  async start(redisUrl: string): Promise<void> {
    process.env.REDIS_URL = redisUrl;
    this.engine = await startEngine(this.temporary.folder);
    await untilReady(this.engine.url);
  }

  /** One after the other, and then the checks: none of them brings back what an earlier one may have lost. */
  async during(...faults: (() => Promise<void>)[]): Promise<void> {
    for (const fault of faults) await this.meets(fault);
    await this.engine.stop();
    await expectExactlyOnce(this.temporary.folder, this.sent);
    await expectReadModelsAsRebuilt(this.temporary.folder);
    await this.start(process.env.REDIS_URL!);
  }

  private async meets(fault: () => Promise<void>): Promise<void> {
    const lines = [...historyLines(this.sent.length + 1, 200, 20), ...hotLines(`hot-${this.sent.length}`, 15)];
    this.sent.push(...lines);
    const sending = (async () => {
      for (let at = 0; at < lines.length; at += 20) {
        await sendStream(this.engine.url, lines.slice(at, at + 20));
        await sleep(30);
      }
    })();
    await Promise.all([sending, fault()]);
    // Ingestion needs the log alone.
    expect(lines.filter((line) => !line.acknowledged)).toEqual([]);
    await untilReady(this.engine.url);
    await untilQuiet(this.engine.url);
  }

  async end(): Promise<void> {
    await this.engine.stop();
    this.temporary.remove();
  }
}

describe('faults of Redis under a started engine', () => {
  let redis: RedisServer;
  const sufferer = new Sufferer();
  beforeAll(async () => {
    redis = await startRedisServer();
    await sufferer.start(redis.url);
  });
  afterAll(async () => {
    await sufferer.end();
    await redis.end();
  });
  const configure = async (name: string, value: string) => {
    const client = new Redis(redis.url);
    await client.config('SET', name, value);
    client.disconnect();
  };

  const killed = async () => {
    await sleep(300);
    await redis.kill();
    await sleep(500);
    await redis.start();
  };
  const killedInTheMiddleOfCommits = async () => {
    for (let n = 0; n < 5; n += 1) {
      await sleep(150 + 70 * n);
      await redis.kill();
      await redis.start();
    }
  };
  const frozen = async () => {
    await sleep(300);
    redis.freeze();
    await sleep(3_000);
    redis.thaw();
  };
  const outOfMemory = async () => {
    await sleep(200);
    await configure('maxmemory', '1');
    await sleep(2_000);
    await configure('maxmemory', '0');
  };

  it.each<[string, (() => Promise<void>)[]]>([
    [
      'killed, killed in the middle of commits five times, frozen for three seconds, out of memory for two',
      [killed, killedInTheMiddleOfCommits, frozen, outOfMemory],
    ],
    [
      'killed and restarted without its data',
      [
        async () => {
          await sleep(300);
          await redis.kill();
          await redis.start('none');
        },
      ],
    ],
    [
      'killed and restarted with an earlier state',
      [
        async () => {
          redis.backUp();
          await sleep(600);
          await redis.kill();
          await redis.start('backup');
        },
      ],
    ],
  ])('%s: ingestion goes on, each decision is made once, and every read model is what a rebuild says', (_name, faults) =>
    sufferer.during(...faults),
  );
});

describe('faults of a Redis Cluster under a started engine', () => {
  let nodes: RedisServer[];
  const sufferer = new Sufferer();
  beforeAll(async () => {
    nodes = await startRedisCluster(3);
    await sufferer.start(nodes.map(({ url }) => url).join(','));
  });
  afterAll(async () => {
    await sufferer.end();
    for (const node of nodes) await node.end();
  });

  it('each node killed and restarted in turn: ingestion goes on, each decision is made once, and every read model is what a rebuild says', () =>
    sufferer.during(async () => {
      for (const node of nodes) {
        await sleep(300);
        await node.kill();
        // Long enough for the others to notice, and to answer nothing either.
        await sleep(2_500);
        await node.start();
      }
    }));
});
