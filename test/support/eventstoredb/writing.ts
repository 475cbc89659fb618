import {
  status,
  type Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb';
import { ACCESS_DENIED, hasRole } from './access';
import { happens, type Faults } from './faults';
import {
  appendAnswer,
  batchAnswer,
  batchDenied,
  batchProblem,
  batchTimeout,
  exception,
  nameOf,
  proposed,
  refusedWrite,
  wrongExpectedException,
} from './messages';
import type { Expected, ProposedRecord, Storage, WriteOutcome } from './storage';

/** What a node gives its handlers. */
export interface WriteTerms {
  storage: Storage;
  faults: Faults;
  /** Why the node does not take the call: credentials, or it is not the leader that the call asks for. */
  refusal(metadata: Metadata): Partial<StatusObject> | undefined;
  notLeader(): Partial<StatusObject>;
  /** False while the node is down, and while nobody leads. */
  isReady(): boolean;
  /** Breaks the connection that a call came over. */
  dropConnection(call: { getPeer(): string }): void;
}

interface Ending {
  error: Partial<StatusObject>;
}

/** The four calls that write: append, batch append, delete, tombstone. */
export class Writing {
  constructor(private readonly terms: WriteTerms) {}

  readonly batchAppend = (call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void => {
    const pending = new Map<string, { stream: string; expected: Expected; events: ProposedRecord[]; deadline: number }>();
    // An answer behind the end would keep the status from being sent: the client would wait for ever.
    let ended = false;
    call.on('error', () => (ended = true));
    call.on('end', () => call.end());
    const refused = this.terms.refusal(call.metadata);
    if (refused) return void call.emit('error', refused);
    call.on('data', (request: streams.BatchAppendReq) => {
      const correlation = request.getCorrelationId()!;
      const key = Buffer.from(correlation.serializeBinary()).toString('hex');
      const options = request.getOptions();
      if (options)
        pending.set(key, {
          stream: nameOf(options.getStreamIdentifier()),
          expected: expectedOf(options),
          events: [],
          deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
        });
      const append = pending.get(key)!;
      for (const message of request.getProposedMessagesList()) append.events.push(proposed(message));
      if (!request.getIsFinal()) return;
      pending.delete(key);
      const { stream, expected, events, deadline } = append;
      void this.written(call, stream, expected, events, deadline).then((outcome) => {
        if (outcome === 'dropped' || call.cancelled || ended) return;
        // The server itself gives up at the deadline that the client has set.
        if (outcome === 'stalled')
          setTimeout(() => call.write(batchTimeout(correlation, stream)), Math.min(60_000, Math.max(0, deadline - Date.now()))).unref();
        else if (outcome === 'too-late') call.write(batchTimeout(correlation, stream));
        else if (outcome === 'denied') call.write(batchDenied(correlation, stream));
        else if (outcome === 'not-ready') call.write(batchProblem(correlation, stream, 'Server Is Not Ready'));
        else if ('error' in outcome) call.emit('error', outcome.error);
        else call.write(batchAnswer(correlation, stream, expected, outcome));
      });
    });
  };

  readonly append = (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ): void => {
    let options: streams.AppendReq.Options | undefined;
    const events: ProposedRecord[] = [];
    const refused = this.terms.refusal(call.metadata);
    if (refused) return answer(refused);
    call.on('error', () => undefined);
    call.on('data', (request: streams.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      else events.push(proposed(request.getProposedMessage()!));
    });
    call.on('end', () => {
      if (!options || call.cancelled) return;
      const stream = nameOf(options.getStreamIdentifier());
      const expected = expectedOf(options);
      void this.written(call, stream, expected, events, Infinity).then((outcome) => {
        if (outcome === 'stalled' || outcome === 'dropped') return;
        if (outcome === 'denied') return answer(ACCESS_DENIED);
        if (outcome === 'not-ready') return answer(exception(status.UNAVAILABLE, 'Server Is Not Ready'));
        if (outcome === 'too-late') return answer(exception(status.DEADLINE_EXCEEDED, 'Timeout'));
        if ('error' in outcome) return answer(outcome.error);
        if (outcome.ok || outcome.reason === 'wrong-expected') return answer(null, appendAnswer(expected, outcome));
        answer(refusedWrite(stream, outcome));
      });
    });
  };

  readonly delete = (call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>, answer: sendUnaryData<streams.DeleteResp>): void => {
    const at = this.removed(call, 'delete', answer);
    if (at !== undefined)
      answer(
        null,
        new streams.DeleteResp().setPosition(new streams.DeleteResp.Position().setCommitPosition(`${at}`).setPreparePosition(`${at}`)),
      );
  };

  readonly tombstone = (
    call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
    answer: sendUnaryData<streams.TombstoneResp>,
  ): void => {
    const at = this.removed(call, 'tombstone', answer);
    if (at !== undefined)
      answer(
        null,
        new streams.TombstoneResp().setPosition(
          new streams.TombstoneResp.Position().setCommitPosition(`${at}`).setPreparePosition(`${at}`),
        ),
      );
  };

  /** Position at which the stream ended, or undefined once the refusal has been answered. */
  private removed(
    call: ServerUnaryCall<streams.DeleteReq | streams.TombstoneReq, unknown>,
    how: 'delete' | 'tombstone',
    answer: (error: Partial<StatusObject>) => void,
  ): bigint | undefined {
    const options = call.request.getOptions()!;
    const stream = nameOf(options.getStreamIdentifier());
    const expected = expectedOf(options);
    const refused =
      this.terms.refusal(call.metadata) ?? (this.terms.isReady() ? undefined : exception(status.UNAVAILABLE, 'Server Is Not Ready'));
    if (refused) return void answer(refused);
    const outcome = this.terms.storage[how](stream, expected);
    if (outcome.ok) return outcome.position;
    answer(outcome.reason === 'wrong-expected' ? wrongExpectedException(stream, expected, outcome.current) : refusedWrite(stream, outcome));
    return undefined;
  }

  /** The outcome, or how the call ends instead. */
  private async written(
    call: { getPeer(): string; metadata: Metadata },
    stream: string,
    expected: Expected,
    events: readonly ProposedRecord[],
    deadline: number,
  ): Promise<WriteOutcome | Ending | 'stalled' | 'dropped' | 'denied' | 'not-ready' | 'too-late'> {
    const { faults, storage } = this.terms;
    if (faults.slow > 0) await new Promise((later) => setTimeout(later, faults.slow));
    if (happens(faults, 'stallAppends')) return 'stalled';
    if (happens(faults, 'notReady') || !this.terms.isReady()) return 'not-ready';
    if (happens(faults, 'notLeader')) return { error: this.terms.notLeader() };
    if (happens(faults, 'dropBeforeWrite')) return this.dropped(call);
    if (Date.now() > deadline) return 'too-late';
    if (!hasRole(call.metadata, storage.writersOf(stream))) return 'denied';
    const outcome = storage.append(stream, expected, events);
    return happens(faults, 'dropAfterWrite') ? this.dropped(call) : outcome;
  }

  private dropped(call: { getPeer(): string }): 'dropped' {
    this.terms.dropConnection(call);
    return 'dropped';
  }
}

interface WithExpectation {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
  getStreamPosition?(): string;
  getRevision?(): string;
}

function expectedOf(options: WithExpectation): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return BigInt(options.getStreamPosition?.() ?? options.getRevision!());
}
