import { parse } from 'yaml';
import { readSettings } from '../apps/setup/settings';
import { expectEnvironment, expectProgram, OUR_IMAGE, read, trustedFile } from './deployment.testing';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  secrets?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

interface Compose {
  services: Record<string, Service>;
  secrets?: Record<string, { file: string }>;
  volumes?: Record<string, unknown>;
  networks?: Record<string, unknown>;
}

/** Those whose image brings its own health check. */
const CHECKED_IMAGES = [OUR_IMAGE, 'eventstore/eventstore'];

/** ${NAME:-default} and ${NAME:?message} as docker compose puts them in, $$ as a dollar sign. */
function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\{(\w+)(?::-([^}]*)|:\?([^}]*))?\}/g, (whole, name?: string, otherwise?: string) => {
    if (name === undefined) return '$';
    const value = values[name] ?? otherwise;
    if (value === undefined) throw new Error(`${whole} has no value`);
    return value;
  });
}

describe.each(['docker/one-node.compose.yaml', 'docker/cluster.compose.yaml'])('%s', (file) => {
  const text = read(file);
  const comment = text.slice(0, text.search(/^[^#]/m));
  const required = [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))];
  const compose = parse(interpolated(text, Object.fromEntries(required.map((name) => [name, 'secret']))), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const ours = services.filter(([, { image }]) => image === OUR_IMAGE);

  it('says in its opening comment how to set what it needs', () => {
    for (const name of required) expect(comment).toContain(`${name}=`);
    expect(comment).toContain(`-f ${file} up`);
    expect(comment).toContain(`-f ${file} exec api bin/leadlog keys create --role owner`);
  });

  it('has an api and a worker, made from our Dockerfile, that run our programs', () => {
    expect(ours.map(([name]) => name)).toEqual(['api', 'worker']);
    for (const [, { build, command }] of ours) {
      expect(build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile' });
      expect(command).toHaveLength(1);
      expectProgram(command![0]);
    }
  });

  it('sets what our programs know, to what they accept', async () => {
    for (const [, { environment }] of ours) await expectEnvironment(environment!);
    const [api, worker] = ours.map(([, { environment }]) => readSettings(environment!));
    // Both stand on the same storage.
    expect([api!.eventStoreUrl, api!.redisUrl]).toEqual([worker!.eventStoreUrl, worker!.redisUrl]);
  });

  it('connects to services that are there, by the port and the secret that they have', () => {
    const { eventStoreUrl, redisUrl } = readSettings(ours[0]![1].environment!);
    const hosts = eventStoreUrl!.replace(/^esdb:\/\/(.*@)?|\?.*$/g, '').split(',');
    for (const host of hosts) expect(compose.services[host.split(':')[0]!]?.image).toMatch(/^eventstore\/eventstore:/);
    const { hostname, password } = new URL(redisUrl!);
    const redis = compose.services[hostname]!;
    expect(redis.image).toMatch(/^redis:7/);
    expect(redis.command!.join(' ')).toMatch(password ? new RegExp(`--requirepass ${password}$`) : /noeviction$/);
    expect(redis.command!.join(' ')).toContain('--appendonly yes --appendfsync always');
  });

  it('gives our programs the master key of personal data, which the opening comment makes and no commit holds', () => {
    expect(comment).toContain('openssl rand -hex 32 > docker/master.key');
    expect(compose.secrets).toEqual({ 'master-key': { file: './master.key' } });
    for (const [, { secrets, environment }] of ours)
      expect([secrets, environment!.LEADLOG_MASTER_KEY_FILE]).toEqual([['master-key'], '/run/secrets/master-key']);
    expect(read('.gitignore').split('\n')).toContain('master.key');
  });

  it('runs them without root, without rights and without writing to the image', () => {
    for (const [, { user, read_only, cap_drop }] of ours)
      expect({ user, read_only, cap_drop }).toEqual({ user: undefined, read_only: true, cap_drop: ['ALL'] });
  });

  it('publishes on this machine alone, and the port on which the api listens', () => {
    for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const listening = /\bPORT=(\d+)/.exec(read('docker/Dockerfile'))![1];
    expect(compose.services.api!.ports).toEqual([`127.0.0.1:3000:${listening}`]);
  });

  it('waits only for services that can be waited for', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const { image, healthcheck } = compose.services[other]!;
        const checked = healthcheck !== undefined || CHECKED_IMAGES.includes(image.split(':')[0]!);
        expect({
          name,
          other,
          possible: condition === 'service_completed_successfully' || (condition === 'service_healthy' && checked),
        }).toEqual({ name, other, possible: true });
      }
  });

  it('declares every volume and network that it uses, and uses all that it declares', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes ?? {}).sort());
    expect([...new Set(services.flatMap(([, { networks = [] }]) => networks))].sort()).toEqual(Object.keys(compose.networks ?? {}).sort());
  });

  it('mounts what the connection string trusts', () => {
    for (const [, { environment, volumes = [] }] of ours) {
      const trusted = trustedFile(environment!);
      if (trusted) expect(volumes.some((volume) => trusted.startsWith(`${volume.split(':')[1]}/`))).toBe(true);
    }
  });
});

describe('the cluster', () => {
  const { services } = parse(read('docker/cluster.compose.yaml'), { merge: true }) as Compose;
  const nodes = Object.entries(services).filter(([, { image }]) => image.startsWith('eventstore/eventstore:'));
  const certificates = services.certificates!;

  it('has three nodes, each of which knows the two others and is known by its own name', () => {
    expect(nodes).toHaveLength(3);
    for (const [name, { environment: env = {} }] of nodes) {
      expect([env.EVENTSTORE_CLUSTER_SIZE, env.EVENTSTORE_NODE_HOST_ADVERTISE_AS, env.EVENTSTORE_REPLICATION_HOST_ADVERTISE_AS]).toEqual([
        '3',
        name,
        name,
      ]);
      expect(env.EVENTSTORE_GOSSIP_SEED).toBe(
        nodes
          .map(([other]) => other)
          .filter((other) => other !== name)
          .map((other) => `${other}:2113`)
          .join(),
      );
    }
  });

  it('gives each node its own certificate and no other, and the key of the authority to none', () => {
    const script = certificates.command!.join('\n');
    for (const [name, { volumes = [], environment: env = {} }] of nodes) {
      const [, number] = /-(\d)$/.exec(name)!;
      expect(volumes).toEqual([`events-${number}:/var/lib/eventstore`, `certificates-${number}:/certificates:ro`]);
      expect(script).toMatch(new RegExp(`for node in (\\d )*${number}\\b`));
      expect([
        env.EVENTSTORE_CERTIFICATE_FILE,
        env.EVENTSTORE_CERTIFICATE_PRIVATE_KEY_FILE,
        env.EVENTSTORE_TRUSTED_ROOT_CERTIFICATES_PATH,
      ]).toEqual(['/certificates/node/node.crt', '/certificates/node/node.key', '/certificates/ca']);
    }
    const holders = Object.entries(services).filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('authority:')));
    expect(holders.map(([name]) => name)).toEqual(['certificates']);
  });

  it('is secure', () => {
    for (const [, { environment: env = {} }] of nodes) expect(Object.keys(env)).not.toContain('EVENTSTORE_INSECURE');
  });
});
