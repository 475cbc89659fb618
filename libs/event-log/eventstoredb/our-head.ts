import type streams from '@eventstore/db-client/generated/streams_pb';
import { LogUnavailable, START, type Position } from '../log';
import { KnownGround } from './known-ground';
import { eventOf, type Namespace, type StoredEvent } from './namespace';
import { behind, newestOfAll, subscription, type ServerFilter } from './read-requests';
import type { Reads } from './reads';

/** Events of others that are searched at a time for the last one of Leadlog, if the server cannot tell them apart. */
const PAGE = 4_096;

/** Finds the last event of Leadlog in a log that others write to as well, and remembers what was searched. */
export class OurHead {
  readonly ground = new KnownGround();
  private looking: Promise<void> | undefined;

  constructor(
    private readonly reads: Reads,
    private readonly namespace: Namespace,
  ) {}

  async position(): Promise<Position> {
    const [last] = await this.newest({ count: 1 });
    if (last && !this.ground.hasLookedAt(last.position!.commit)) {
      if (this.namespace.holds(last)) this.ground.saw(last.position!.commit, last.streamId);
      else await this.lookBehindHead(last.position!.commit);
    }
    return this.ground.head;
  }

  /** Others have written up to `tail`; is there any event of Leadlog? One search serves all callers. */
  private async lookBehindHead(tail: Position): Promise<void> {
    while (this.looking) await this.looking.catch(() => undefined);
    if (this.ground.hasLookedAt(tail)) return;
    this.looking = this.searchBehindHead(tail).finally(() => (this.looking = undefined));
    await this.looking;
  }

  private async searchBehindHead(tail: Position): Promise<void> {
    const only = this.namespace.all;
    try {
      if (this.ground.isKnown) return await this.searchUpTo(tail, (after) => behind(after, only), 1);
      let before: Position | undefined;
      for (let count = 1; ; count = PAGE) {
        const found = await this.newest({ count, before, only }, 1);
        const last = found.find((event) => this.namespace.holds(event));
        if (last) this.ground.saw(last.position!.commit, last.streamId);
        if (last || found.length < count) return this.ground.searched(this.ground.head, tail);
        before = found.at(-1)!.position!.commit;
      }
    } catch (error) {
      if (!(error instanceof LogUnavailable) || error.reason !== 'unreachable') throw error;
      // A read reports nothing before it finds something; a subscription receives checkpoints.
      await this.searchUpTo(tail, (after) => subscription(after, only));
    }
  }

  private async searchUpTo(tail: Position, ask: (after: Position) => streams.ReadReq, asked?: number): Promise<void> {
    let searched = START;
    for await (const answers of this.reads.answers(() => ask((searched = this.ground.startOf(this.ground.head))), { asked })) {
      for (const answer of answers) {
        const event = eventOf(answer);
        if (event === undefined) searched = this.passed(searched, answer, this.namespace.all);
        else {
          searched = event.position!.commit;
          if (this.namespace.holds(event)) this.ground.saw(searched, event.streamId);
        }
        if (searched >= tail) return;
        if (answer.hasCaughtUp()) return this.ground.searched(searched, tail);
      }
    }
    this.ground.searched(searched, tail);
  }

  private async newest(which: Parameters<typeof newestOfAll>[0], asked?: number): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    const missing = () =>
      newestOfAll({ ...which, count: which.count - found.length, before: found.at(-1)?.position!.commit ?? which.before });
    for await (const answers of this.reads.answers(missing, { asked })) {
      for (const answer of answers) found.push(...[eventOf(answer) ?? []].flat());
      if (found.length >= which.count) break;
    }
    return found;
  }

  /**
   * After the previous answer, the server has searched up to here in vain, if its filter covers all events of Leadlog. Returns up to where
   * that is known.
   */
  passed(searched: Position, answer: streams.ReadResp, only: ServerFilter): Position {
    if (!answer.hasCheckpoint()) return searched;
    const checkpoint = BigInt(answer.getCheckpoint()!.getCommitPosition());
    if (checkpoint <= searched) return searched;
    if (only === this.namespace.all) this.ground.searched(searched, checkpoint);
    return checkpoint;
  }
}
