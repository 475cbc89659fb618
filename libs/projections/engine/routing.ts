import type { RecordedEvent } from '@leadlog/event-log';
import type { Projection } from '../projection';
import { keyOf, type Decoded } from './decoded';
import type { FamilyCorrection } from './families';

/** An event, and the key that it is about. */
export interface Routed {
  event: RecordedEvent;
  key: string;
  /** Position. */
  at: number;
  /** It is a correction; and what it voids, where it voids an event. */
  corrects?: boolean;
  voids?: string;
  /** Why it cannot be folded. */
  broken?: Error;
}

/** Which events a projection looks at, and to which key each belongs: also one that nobody can read, so that its key can be parked. */
export class Routing {
  private readonly handled: ReadonlySet<string>;
  private readonly correcting: ReadonlySet<string>;
  readonly hasCorrections: boolean;

  constructor(private readonly projection: Projection) {
    this.handled = new Set(projection.handles);
    this.correcting = new Set(projection.corrections?.types);
    this.hasCorrections = this.correcting.size > 0;
  }

  corrects({ type }: RecordedEvent): boolean {
    return this.correcting.has(type);
  }

  /** undefined: the projection does not look at it, or it belongs to no key. */
  route(decoded: Decoded): Routed | undefined {
    const { event, at, unknown } = decoded;
    const corrects = this.correcting.has(event.type);
    if (!corrects && !unknown && !this.handled.has(event.type)) return undefined;
    try {
      if (unknown) throw unknown;
      if (corrects) {
        const correction = this.projection.corrections!.of(event);
        const key = this.keyOfCorrection(event);
        return key === undefined
          ? undefined
          : { event, key, at, corrects, voids: correction.kind === 'void' ? voidOf(correction.eventId, correction.stream) : undefined };
      }
      const key = keyOf(decoded, this.projection.key);
      return key === undefined ? undefined : { event, key, at };
    } catch (error) {
      return { event, key: this.keyOfBroken(event), at, broken: error as Error };
    }
  }

  /**
   * What a correction says of who belongs to whom; undefined where it says nothing of that, or cannot be read: it is then routed as a
   * broken event.
   */
  familyCorrectionOf(event: RecordedEvent): FamilyCorrection | undefined {
    try {
      const correction = this.projection.corrections!.of(event);
      if (correction.kind === 'void') return undefined;
      const key = this.keyOfCorrection(event);
      if (key === undefined) return undefined;
      return correction.kind === 'merge' ? correction : { ...correction, key };
    } catch {
      return undefined;
    }
  }

  private keyOfCorrection(event: RecordedEvent): string | undefined {
    const correction = this.projection.corrections!.of(event);
    return this.projection.key(event) ?? (correction.kind === 'merge' ? correction.from : undefined);
  }

  /** An event that cannot be decoded may still say whom it concerns; otherwise its stream stands for the key. */
  private keyOfBroken(event: RecordedEvent): string {
    try {
      return this.projection.key(event) ?? event.stream;
    } catch {
      return event.stream;
    }
  }
}

const voidOf = (eventId: string, stream?: string): string => (stream === undefined ? eventId : `${eventId} ${stream}`);
/** Whether `voids`, of routed events, has this one. */
export const isVoided = (voids: ReadonlySet<string>, { id, stream }: RecordedEvent): boolean =>
  voids.has(id) || voids.has(voidOf(id, stream));
