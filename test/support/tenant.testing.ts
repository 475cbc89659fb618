import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { backendsOf, getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from './engine-process';

export interface Scored {
  tier: string;
  coolsAt?: string;
  scores: Record<string, number>;
}
export interface Generation {
  id: string;
  version: string;
  state: string;
  switchedAt?: string;
}

/** A started engine on a folder and a model file of its own, and what the tests say to it. */
export class Tenant {
  readonly folder: string;
  readonly remove: () => void;
  engine!: EngineProcess;
  private sent = 0;

  constructor() {
    ({ folder: this.folder, remove: this.remove } = temporaryFolder());
  }

  async start(model: string, settings: Record<string, string> = {}): Promise<void> {
    const file = join(this.folder, 'model.yaml');
    writeFileSync(file, model);
    this.engine = await startEngine(this.folder, { LEADLOG_MODEL: file, ...settings });
    await untilReady(this.engine.url);
  }

  /** A line of NDJSON. */
  event(type: string, subject: string, time: number, data: object): string {
    return `${JSON.stringify({ specversion: '1.0', id: `e${(this.sent += 1)}`, source: '/test', type, subject, time: new Date(time).toISOString(), data })}\n`;
  }
  page = (leadId: string, time: number) =>
    this.event('WebPageViewed', leadId, time, { url: 'https://www.leadlog.example/', category: 'product' });
  inquiry = (leadId: string, time: number) => this.event('InquiryReceived', leadId, time, { kind: 'demo' });

  /** Answers the position behind the last line. */
  async send(lines: readonly string[]): Promise<string> {
    const response = await fetch(`${this.engine.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join(''),
    });
    const summary = JSON.parse((await response.text()).trim().split('\n').at(-1)!) as { accepted: number; position: string };
    expect(summary).toMatchObject({ accepted: lines.length });
    return summary.position;
  }

  get = <Answer>(path: string) => getJson<Answer>(`${this.engine.url}/v1/${path}`);
  head = async () => (await this.get<{ position: string }>('log/head')).position;
  lead = (leadId: string) => this.get<Scored>(`leads/${leadId}`);
  generations = async () =>
    (await this.get<{ items: { name: string; generations: Generation[] }[] }>('projections')).items.find(({ name }) => name === 'scores')!
      .generations;
  operate = async (verb: string, body = {}) =>
    expect([200, 202]).toContain((await postJson(`${this.engine.url}/v1/projections/scores/${verb}`, body)).status);

  /** A command on a scoring model; a document goes as YAML. Answers the body of the answer. */
  async command<Answer>(path: string, body: unknown): Promise<{ status: number; body: Answer }> {
    return postJson<Answer>(
      `${this.engine.url}/v1/models/${path}`,
      body,
      typeof body === 'string' ? 'application/yaml' : 'application/json',
    );
  }

  /** The version that reads answer with. */
  async answering(modelId: string): Promise<string | undefined> {
    const { items } = await this.get<{ items: { modelId: string; answering?: string }[] }>('models');
    return items.find((item) => item.modelId === modelId)?.answering;
  }

  /** Tier changes and handoffs, in the order of the log. */
  async decisions(): Promise<RecordedEvent[]> {
    const { log, close } = await backendsOf(this.folder);
    const found: RecordedEvent[] = [];
    for await (const { events } of log.read())
      found.push(...events.filter(({ type }) => type === 'LeadTierChanged' || type === 'LeadHandedOff'));
    await close();
    return found;
  }
}
