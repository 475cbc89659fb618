import { AnyObject, CalendarDate, EventId, Id, ListOfIds, NotPersonal, OneOf, Optional, PositionText, Text, Whole } from './fields';

export const PUBLISH_MODES = ['retroactive', 'prospective'] as const;
/** What happens to leads that are hot only because of the switch: none is handed off, a limited number a day, or all at once. */
export const HANDOFFS_AT_SWITCH = ['silent', 'trickle', 'all'] as const;
export const MOST_A_DAY = 1_000;

export class ScoringModelDrafted {
  @Id() modelId!: string;
  /** Hash of the meaning of the model. */
  @NotPersonal() @Text(64) version!: string;
  /** The model document as data. */
  @NotPersonal() @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @Optional() @NotPersonal() @Text(262_144) text?: string;
}

export class ScoringModelPublished {
  @Id() modelId!: string;
  @NotPersonal() @Text(64) version!: string;
  @NotPersonal() @AnyObject() definition!: object;
  @OneOf(PUBLISH_MODES) mode!: (typeof PUBLISH_MODES)[number];
  /** Default: all. */
  @Optional() @OneOf(HANDOFFS_AT_SWITCH) handoffs?: (typeof HANDOFFS_AT_SWITCH)[number];
  @Optional() @Whole(1, MOST_A_DAY) perDay?: number;
  /** For a rollback: the event of the publication that counts again, as it was then. */
  @Optional() @EventId() restores?: string;
}

export class ScoringModelRetired {
  @Id() modelId!: string;
  /** The one that was live. */
  @NotPersonal() @Text(64) version!: string;
}

/**
 * The leads handed off on one day, out of those that a publication or an import made hot; a HandoffReleased follows in the stream of each.
 */
export class WithheldHandoffsReleased {
  @Id() modelId!: string;
  /** Of the publication; nothing for an import. */
  @Optional() @PositionText() published?: string;
  /** In the time zone of the tenant. */
  @CalendarDate() day!: string;
  /** The best first. */
  @ListOfIds(MOST_A_DAY, 1) leadIds!: string[];
}
