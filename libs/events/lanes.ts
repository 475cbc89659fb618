import type { RecordedEvent } from '@leadlog/event-log';
import { catalogue } from './catalogue';

/** お客様が / 担当者が / システムが */
export const LANES = ['customer', 'seller', 'engine'] as const;
export type Lane = (typeof LANES)[number];

/** Decisions of Leadlog are not acts of sales, so they have a lane of their own. */
export function laneOf({ type, metadata: { actor, source, initiator } }: Pick<RecordedEvent, 'type' | 'metadata'>): Lane {
  if (actor.kind === 'system' && source.startsWith('leadlog/')) return 'engine';
  if (catalogue.get(type)?.decision && actor.kind !== 'rep' && actor.kind !== 'person') return 'engine';
  return initiator;
}
