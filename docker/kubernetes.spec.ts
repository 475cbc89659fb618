import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parse } from 'yaml';
import { parsePolicy } from '@leadlog/handoff';
import { plainFetch } from '../test/support/owner-key';
import { expectEnvironment, expectProgram, OUR_IMAGE, read, trustedFile, withHttp } from './deployment.testing';

type Labels = Record<string, string>;
interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  image: string;
  args: string[];
  ports: { name: string; containerPort: number }[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  resources: { requests: { memory: string }; limits: { memory: string } };
  securityContext: object;
  volumeMounts: { name: string; mountPath: string; readOnly: boolean }[];
}
interface Deployment {
  kind: 'Deployment';
  metadata: { name: 'api' | 'worker' };
  spec: {
    replicas: number;
    selector: { matchLabels: Labels };
    template: {
      metadata: { labels: Labels; annotations?: Labels };
      spec: {
        automountServiceAccountToken: boolean;
        securityContext: object;
        containers: Container[];
        volumes: { name: string; configMap?: { name: string }; secret?: { secretName: string } }[];
        topologySpreadConstraints: { labelSelector: { matchLabels: Labels } }[];
      };
    };
  };
}
interface Service {
  kind: 'Service';
  spec: { selector: Labels; ports: { targetPort: string }[] };
}
interface Budget {
  kind: 'PodDisruptionBudget';
  apiVersion: string;
  spec: { selector: { matchLabels: Labels }; minAvailable?: number; maxUnavailable?: number };
}

const FOLDER = 'docker/kubernetes';
const files = readdirSync(join(__dirname, 'kubernetes'));
const kustomizationText = read(`${FOLDER}/kustomization.yaml`);
const kustomization = parse(kustomizationText) as {
  resources: string[];
  images: { name: string }[];
  configMapGenerator: { name: string; files: string[] }[];
};
const objects = kustomization.resources.flatMap((file) =>
  parseAllDocuments(read(`${FOLDER}/${file}`)).map((document) => document.toJS() as { kind: string }),
);
const deployments = objects.filter((one): one is Deployment => one.kind === 'Deployment');
const services = objects.filter((one): one is Service => one.kind === 'Service');
const budgets = objects.filter((one): one is Budget => one.kind === 'PodDisruptionBudget');
const selected = (labels: Labels) =>
  deployments.filter(({ spec }) => Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value));

it('every file is part of the kustomization', () => {
  expect(
    [...kustomization.resources, ...kustomization.configMapGenerator.flatMap((one) => one.files), 'kustomization.yaml'].sort(),
  ).toEqual(files.sort());
  expect(kustomization.images.map(({ name }) => name)).toEqual([OUR_IMAGE]);
});

it('the opening comment makes the first access key, in a pod that there is', () => {
  const [, program] = /exec deploy\/(\w+) -- bin\/leadlog keys create --role owner$/m.exec(kustomizationText)!;
  expect(deployments.map(({ metadata }) => metadata.name)).toContain(program);
});

it('there is an api and a worker, more than one of each, and all selectors find what they are for', () => {
  expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['api', 'worker']);
  for (const { spec } of deployments) {
    expect(spec.replicas).toBeGreaterThan(1);
    expect(selected(spec.selector.matchLabels)).toHaveLength(1);
    for (const { labelSelector } of spec.template.spec.topologySpreadConstraints) expect(labelSelector).toEqual(spec.selector);
  }
  expect(services.map(({ spec }) => selected(spec.selector).map(({ metadata }) => metadata.name))).toEqual([['api']]);
  for (const port of services[0]!.spec.ports)
    expect(deployments[0]!.spec.template.spec.containers[0]!.ports.map(({ name }) => name)).toContain(port.targetPort);
});

it('each has a disruption budget that keeps one and lets one go', () => {
  expect(budgets.map(({ spec }) => selected(spec.selector.matchLabels).map(({ metadata }) => metadata.name))).toEqual([
    ['api'],
    ['worker'],
  ]);
  for (const { apiVersion, spec } of budgets) {
    const { replicas } = selected(spec.selector.matchLabels)[0]!.spec;
    const mayGo = spec.maxUnavailable ?? replicas - spec.minAvailable!;
    expect(apiVersion).toBe('policy/v1');
    expect(mayGo).toBeGreaterThan(0);
    expect(mayGo).toBeLessThan(replicas);
  }
});

describe.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))('pods of the %s', (name, { spec }) => {
  const pod = spec.template.spec;
  const container = pod.containers[0]!;
  const listening = Number(/\bPORT=(\d+)/.exec(read('docker/Dockerfile'))![1]);
  /** As it would be with the secrets that the opening comment of the kustomization makes. */
  const env = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => [
      name,
      value ?? new RegExp(`--from-literal=${valueFrom!.secretKeyRef.key}='([^']+)'`).exec(kustomizationText)?.[1] ?? 'not made',
    ]),
  );

  it('run a program of ours from our image', () => {
    expect([pod.containers.length, container.image, container.args.length]).toEqual([1, OUR_IMAGE, 1]);
    expectProgram(container.args[0]);
  });

  it('are set by names that our programs know, to what they accept, with secrets that the comment makes', async () => {
    const { destinations } = parsePolicy(read(`${FOLDER}/policy.yaml`));
    await expectEnvironment(
      env,
      destinations.map(({ secretEnv }) => secretEnv),
    );
    for (const { valueFrom } of container.env)
      if (valueFrom) expect(kustomizationText).toContain(`create secret generic ${valueFrom.secretKeyRef.name} `);
    for (const { secret } of pod.volumes) if (secret) expect(kustomizationText).toContain(`create secret generic ${secret.secretName} `);
  });

  it('find the files that the settings name', () => {
    const mounted = (file: string) => {
      const mount = container.volumeMounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
      return { volume: pod.volumes.find(({ name }) => name === mount?.name), name: file.slice((mount?.mountPath.length ?? -1) + 1) };
    };
    const policy = mounted(env.LEADLOG_POLICY!);
    expect(kustomization.configMapGenerator.find(({ name }) => name === policy.volume?.configMap?.name)?.files).toContain(policy.name);
    const trusted = mounted(trustedFile(env)!);
    for (const { volume, name } of [trusted, mounted(env.LEADLOG_MASTER_KEY_FILE!)])
      expect(kustomizationText).toContain(`create secret generic ${volume?.secret?.secretName} --from-file=${name}`);
  });

  it('are watched on the port that they listen on, at paths that are served', async () => {
    expect(container.ports).toEqual([{ name: 'http', containerPort: listening }]);
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(({ httpGet }) => httpGet);
    expect(probes.map(({ port }) => port)).toEqual(['http', 'http', 'http']);
    // A restart must not depend on what the program stands on.
    expect(probes.map(({ path }) => path)).toEqual(['/health/live', '/health/live', '/health/ready']);
    expect(
      await statuses(
        name,
        probes.map(({ path }) => path),
      ),
    ).not.toContain(404);
  });

  it('are scraped by annotations where metrics need no key, since annotations carry none', async () => {
    const needsKey = await withHttp(name, async (url) => (await plainFetch(`${url}/metrics`)).status === 401);
    expect(spec.template.metadata.annotations).toEqual(
      needsKey ? undefined : { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(listening), 'prometheus.io/path': '/metrics' },
    );
  });

  it('keep to the restricted level, and write nowhere', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: expect.any(Number) as number, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const { name, readOnly } of container.volumeMounts) expect(readOnly ?? false).toBe(name !== 'archive');
  });

  it('have room above the heap that Node is given', () => {
    const [, heap] = /--max-old-space-size=(\d+)/.exec(env.NODE_OPTIONS!)!;
    expect(mebibytes(container.resources.limits.memory)).toBeGreaterThanOrEqual(Number(heap) + 256);
    expect(mebibytes(container.resources.requests.memory)).toBeLessThanOrEqual(mebibytes(container.resources.limits.memory));
  });
});

function mebibytes(text: string): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(text)!;
  return Number(number) * (unit === 'Gi' ? 1_024 : 1);
}

function statuses(program: 'api' | 'worker', paths: readonly string[]): Promise<number[]> {
  return withHttp(program, (url) => Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status)));
}
