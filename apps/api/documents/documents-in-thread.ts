import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { errorOf } from '@leadlog/children';
import { isFinal } from '@leadlog/errors';
import { policyKind, WebhookTargets, type HandoffPolicy } from '@leadlog/handoff';
import type { ReadDocument } from '@leadlog/documents';
import type { DocumentReader } from '@leadlog/documents/documents.handlers';
import type { ModelDocumentText, ScoringModel } from '@leadlog/scoring';
import type { ModelReader } from '@leadlog/scoring/scoring.handlers';
import { documentKinds } from '../../setup/documents';
import { refused, refusedFor, RequestRefused } from '../problem-details';
import type { FromReadingThread, ToRead } from './reading-thread';

/** The largest document that is one takes a second of a processor; only what is written to take long takes longer. */
const PATIENCE_MS = 30_000;
const IDLE_MS = 60_000;
const MEMORY_MIB = 192;
/** Of documents that wait for the one that is read. */
const MOST_WAITING = 20;

/** Reads documents in a thread, one at a time: what somebody sends must not hold up what others ask. */
class ReadingThread implements OnModuleDestroy {
  private thread?: Worker;
  private idle?: NodeJS.Timeout;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** `noun`: as messages call it. Rejects with InvalidDocument, and with RequestRefused for what cannot be read in time. */
  protected async inTurn(document: ToRead, noun: string): Promise<ReadDocument> {
    if (this.waiting >= MOST_WAITING)
      throw new RequestRefused(503, `${MOST_WAITING} documents wait to be read already; send it again in a moment`);
    this.waiting += 1;
    const mine = this.last.then(() => this.readNow(document, noun));
    this.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.waiting -= 1;
    }
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.idle);
    await this.thread?.terminate();
  }

  private async readNow(document: ToRead, noun: string): Promise<ReadDocument> {
    const thread = (this.thread ??= new Worker(join(__dirname, 'reading-thread.js'), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    }));
    clearTimeout(this.idle);
    thread.ref();
    const answer = await answerOf(thread, document);
    if (!answer) {
      this.thread = undefined;
      await thread.terminate();
      throw refused(
        422,
        '',
        `a ${noun} that can be read in ${PATIENCE_MS / 1_000} s and ${MEMORY_MIB} MiB`,
        'one that cannot; write it with fewer names and levels',
      );
    }
    thread.unref();
    this.idle = setTimeout(() => this.letGo(thread), IDLE_MS).unref();
    if ('read' in answer) return answer.read;
    const invalid = errorOf(answer.error);
    if (isFinal(invalid)) invalid.message = `the document is no ${noun}:\n${invalid.message}`;
    throw invalid;
  }

  private letGo(thread: Worker): void {
    if (this.thread === thread) this.thread = undefined;
    void thread.terminate();
  }
}

/** Reads scoring models. */
@Injectable()
export class ModelDocuments extends ReadingThread implements ModelReader {
  async read(text: string, modelId: string): Promise<ModelDocumentText & { model: ScoringModel }> {
    const { version, definition, text: read, content } = await this.inTurn({ kind: 'scoring-model', text, id: modelId }, 'scoring model');
    return { modelId, version, definition, text: read, model: content as ScoringModel };
  }
}

/** Reads documents of the other kinds. */
@Injectable()
export class StoredDocuments extends ReadingThread implements DocumentReader {
  constructor(private readonly targets: WebhookTargets) {
    super();
  }

  async read(kind: string, text: string, id: string): Promise<ReadDocument> {
    const document = await this.inTurn({ kind, text, id }, documentKinds.find(({ name }) => name === kind)!.noun);
    if (kind === policyKind.name) this.refuseTargets(document.content as HandoffPolicy);
    return document;
  }

  /** What a policy may deliver to depends on where the engine stands, so it is no matter of the document alone. */
  private refuseTargets({ destinations }: HandoffPolicy): void {
    const errors = destinations.flatMap(({ url }, index) => {
      const refusal = this.targets.refusalOf(url);
      return refusal ? [{ pointer: `/destinations/${index}/url`, ...refusal }] : [];
    });
    if (errors.length > 0) throw refusedFor(422, errors);
  }
}

/** Undefined where there is none in time, or the thread has died of the document. */
function answerOf(thread: Worker, document: ToRead): Promise<FromReadingThread | undefined> {
  return new Promise((answered) => {
    let patience: NodeJS.Timeout | undefined;
    const done = (answer: FromReadingThread | undefined): void => {
      clearTimeout(patience);
      // One by one: without all of its listeners a thread hands on no message any more.
      thread.off('message', heard).off('error', died).off('exit', died);
      answered(answer);
    };
    const died = (): void => done(undefined);
    const heard = (message: FromReadingThread | 'reading'): void => {
      // Its program is loaded first, which is not the document's fault.
      if (message === 'reading') patience = setTimeout(died, PATIENCE_MS);
      else done(message);
    };
    thread.on('message', heard).on('error', died).on('exit', died);
    thread.postMessage(document);
  });
}
