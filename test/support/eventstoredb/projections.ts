import { createContext, runInContext } from 'node:vm';
import { status, type ServerUnaryCall, type StatusObject, type sendUnaryData } from '@grpc/grpc-js';
import projections from '@eventstore/db-client/generated/projections_pb';
import type { Storage, StoredRecord } from './storage';

/** An event as the JavaScript of a projection sees it. */
interface ProjectedEvent {
  streamId: string;
  eventType: string;
  eventId: string;
  sequenceNumber: number;
  data: unknown;
  metadata: unknown;
}

type Handler = (state: unknown, event: ProjectedEvent) => unknown;

interface Running {
  isSource(stream: string): boolean;
  handlers: Record<string, Handler | undefined>;
  state: unknown;
  enabled: boolean;
}

/** Of the projections that every server has, the one that links each event into the stream of its category. */
const BY_CATEGORY = `
  fromAll().when({
    $any(state, event) {
      const dash = event.streamId.indexOf('-');
      if (dash > 0) linkTo('$ce-' + event.streamId.slice(0, dash), event);
    },
  })`;

/**
 * The server-side projections, as far as links are made by them: fromAll, fromStream, fromCategory and when; linkTo and emit. They follow
 * the log from its start, a little behind it as on a real server, and pass over links and what the server wrote itself.
 */
export class ServerProjections {
  private readonly running = new Map<string, Running>();
  private next = new Map<Running, number>();
  private pumping = false;

  constructor(private readonly storage: Storage) {
    storage.onWritten(() => this.pump());
    this.add('$by_category', BY_CATEGORY, false);
  }

  readonly create = (
    { request }: ServerUnaryCall<projections.CreateReq, projections.CreateResp>,
    answer: sendUnaryData<projections.CreateResp>,
  ): void => {
    const options = request.getOptions()!;
    const name = options.getContinuous()?.getName() ?? options.getTransient()?.getName() ?? crypto.randomUUID();
    if (this.running.has(name))
      return answer({ code: status.UNKNOWN, details: 'Envelope callback expected Updated, received Conflict instead' });
    this.add(name, options.getQuery(), true);
    answer(null, new projections.CreateResp());
  };

  readonly enable = (
    { request }: ServerUnaryCall<projections.EnableReq, projections.EnableResp>,
    answer: sendUnaryData<projections.EnableResp>,
  ): void => {
    answer(this.turn(request.getOptions()!.getName(), true), new projections.EnableResp());
  };

  readonly disable = (
    { request }: ServerUnaryCall<projections.DisableReq, projections.DisableResp>,
    answer: sendUnaryData<projections.DisableResp>,
  ): void => {
    answer(this.turn(request.getOptions()!.getName(), false), new projections.DisableResp());
  };

  private turn(name: string, enabled: boolean): Partial<StatusObject> | null {
    const found = this.running.get(name);
    if (!found) return { code: status.NOT_FOUND, details: `Projection "${name}" was not found` };
    found.enabled = enabled;
    this.pump();
    return null;
  }

  private add(name: string, query: string, enabled: boolean): void {
    const running: Running = { isSource: () => false, handlers: {}, state: undefined, enabled };
    const source = (isSource: Running['isSource']) => {
      running.isSource = isSource;
      return { when: (handlers: Running['handlers']) => void (running.handlers = handlers) };
    };
    const context = createContext({
      fromAll: () => source(() => true),
      fromStream: (stream: string) => source((one) => one === stream),
      fromCategory: (category: string) => source((one) => one.startsWith(`${category}-`)),
      linkTo: (stream: string, event: ProjectedEvent) => this.link(stream, event),
      emit: (stream: string, type: string, data: unknown, metadata: unknown) =>
        this.emit(stream, type, JSON.stringify(data), metadata, 'application/json'),
    });
    runInContext(query, context);
    running.state = running.handlers.$init?.(undefined, undefined as never);
    this.running.set(name, running);
    this.next.set(running, 0);
    this.pump();
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      const { log } = this.storage;
      for (const running of this.running.values()) {
        for (let index = this.next.get(running)!; running.enabled && index < log.length; this.next.set(running, (index += 1)))
          this.handle(running, log[index]!);
      }
    });
  }

  private handle(running: Running, record: StoredRecord): void {
    if (record.type.startsWith('$') || record.stream.startsWith('$') || !running.isSource(record.stream)) return;
    const handler = running.handlers[record.type] ?? running.handlers.$any;
    if (handler) running.state = handler(running.state, projected(record)) ?? running.state;
  }

  private link(stream: string, { sequenceNumber, streamId, eventId }: ProjectedEvent): void {
    this.emit(stream, '$>', `${sequenceNumber}@${streamId}`, { $causedBy: eventId }, 'application/octet-stream');
  }

  private emit(stream: string, type: string, text: string, metadata: unknown, contentType: string): void {
    const bytes = (value: string) => new TextEncoder().encode(value);
    this.storage.emit(stream, {
      id: crypto.randomUUID(),
      type,
      contentType,
      data: bytes(text),
      metadata: bytes(JSON.stringify(metadata ?? {})),
    });
  }
}

function projected({ stream, type, id, revision, contentType, data, metadata }: StoredRecord): ProjectedEvent {
  const parsed = (bytes: Uint8Array): unknown => {
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return undefined;
    }
  };
  return {
    streamId: stream,
    eventType: type,
    eventId: id,
    sequenceNumber: Number(revision),
    data: contentType === 'application/json' ? parsed(data) : undefined,
    metadata: parsed(metadata),
  };
}
