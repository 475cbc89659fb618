import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { LiveKind } from '../../apps/api/live/kinds';

export interface Message {
  /** Undefined for a heartbeat. */
  event?: 'open' | 'changed' | 'reset';
  id: string;
  position?: string;
  changes: { kind: LiveKind; ids?: string[] }[];
}

/** A client of `GET /v1/live`, as a browser is one: what it has read so far, and until something is there. */
export class LiveStream {
  readonly messages: Message[] = [];
  private text = '';
  private readonly waiting = new Set<() => void>();
  hasEnded = false;

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (chunk: string) => this.take(chunk));
    response.once('close', () => {
      this.hasEnded = true;
      this.look();
    });
    response.on('error', () => undefined);
  }

  /** Resolves once it is answered, with whatever status. */
  static async open(url: string, headers: Record<string, string>, lastId?: string): Promise<LiveStream> {
    const request = get(`${url}/v1/live`, { headers: { ...headers, ...(lastId !== undefined && { 'last-event-id': lastId }) } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return new LiveStream(request, response);
  }

  get lastId(): string {
    return this.messages.at(-1)!.id;
  }

  /** What was said of a kind: the ids, or `any`. */
  said(kind: LiveKind): string[] {
    return this.messages.flatMap(({ changes }) => changes.filter((one) => one.kind === kind).flatMap(({ ids = ['any'] }) => ids));
  }

  get kinds(): LiveKind[] {
    return [...new Set(this.messages.flatMap(({ changes }) => changes.map(({ kind }) => kind)))];
  }

  async until(found: (stream: this) => boolean): Promise<void> {
    while (!found(this)) {
      if (this.hasEnded) throw new Error(`the stream has ended after ${JSON.stringify(this.messages)}`);
      await this.next();
    }
  }

  async ended(): Promise<void> {
    while (!this.hasEnded) await this.next();
  }

  close(): void {
    this.request.destroy();
  }

  private next(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private look(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private take(chunk: string): void {
    this.text += chunk;
    for (let end = this.text.indexOf('\n\n'); end >= 0; end = this.text.indexOf('\n\n')) {
      const fields = new Map(
        this.text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const),
      );
      this.text = this.text.slice(end + 2);
      const id = fields.get('id');
      if (id === undefined) continue;
      const data = JSON.parse(fields.get('data') ?? '{}') as Pick<Message, 'position'> & { changes?: Message['changes'] };
      this.messages.push({ event: fields.get('event') as Message['event'], id, position: data.position, changes: data.changes ?? [] });
    }
    this.look();
  }
}
