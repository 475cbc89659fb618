import { Flag, Id, OneOf, Optional, Personal, Text } from './fields';
import { OfLead } from './lead-reference';

export class BusinessCardExchanged extends OfLead {
  @Id() cardId!: string;
  @Id() repId!: string;
  @OneOf(['onsite', 'online']) place!: 'onsite' | 'online';
}

export class BusinessCardHandedToMarketing extends OfLead {
  @Id() cardId!: string;
  @Id() repId!: string;
  @Personal() @Text(500) reason!: string;
  @Flag() keepFollowing!: boolean;
  /** By a representative other than the one who has the card. */
  @Optional() @Flag() takeOver?: boolean;
}
