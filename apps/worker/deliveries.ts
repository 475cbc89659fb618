import { isDeepStrictEqual } from 'node:util';
import { webhookJobs, WrongDestination, type Destination, type HandoffPolicy, type WebhookTargets } from '@leadlog/handoff';
import type { Jobs } from '@leadlog/jobs';
import { WrongSetting } from '../setup/settings';

type Destinations = HandoffPolicy['destinations'];

/** Delivers to the destinations of the policy in force; what waits for another one goes on waiting. */
export class Deliveries {
  private readonly running = new Map<string, { destination: Destination; stop: () => Promise<void> }>();

  constructor(
    private readonly jobs: Jobs,
    private readonly targets: WebhookTargets,
  ) {}

  /** `cannot`: told of a destination that cannot work, such as one without a secret. */
  async deliverTo(destinations: Destinations, cannot: (reason: WrongSetting) => void): Promise<void> {
    for (const { name, url } of destinations) {
      const refusal = this.targets.refusalOf(url);
      // Its deliveries are dead letters that say the same, until it is allowed.
      if (refusal) cannot(new WrongSetting(`webhook ${name}: expected ${refusal.expected}, got ${refusal.got}`));
    }
    const wanted = new Map(destinations.flatMap((destination) => withSecret(destination, cannot)).map((one) => [one.name, one]));
    for (const [name, { destination, stop }] of this.running) {
      if (isDeepStrictEqual(wanted.get(name), destination)) continue;
      this.running.delete(name);
      await stop();
    }
    for (const [name, destination] of wanted) {
      if (this.running.has(name)) continue;
      try {
        const { stop } = webhookJobs(this.jobs, [destination], this.targets);
        this.running.set(name, { destination, stop });
      } catch (error) {
        if (!(error instanceof WrongDestination)) throw error;
        const { secretEnv } = destinations.find((one) => one.name === name)!;
        cannot(new WrongSetting(`${secretEnv}: ${error.message}; set it to what the receiver has`));
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ stop }) => stop()));
  }
}

function withSecret({ name, url, secretEnv }: Destinations[number], cannot: (reason: WrongSetting) => void): Destination[] {
  const secret = process.env[secretEnv];
  if (secret) return [{ name, url, secret }];
  cannot(
    new WrongSetting(
      `${secretEnv}: expected the secret of webhook destination ${name} (base64, with or without whsec_ in front), got nothing; set it in the environment or in .env to what the receiver has`,
    ),
  );
  return [];
}
