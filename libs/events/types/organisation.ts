import { AnyObject, EventId, Optional, Text } from './fields';

export class OrganisationDrafted {
  /** Hash of the meaning of the organisation. */
  @Text(64) version!: string;
  /** The organisation as data. */
  @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @Text(262_144) text!: string;
}

export class OrganisationPublished {
  @Text(64) version!: string;
  @AnyObject() definition!: object;
  /** For a rollback: the event of the publication that counts again. */
  @Optional() @EventId() restores?: string;
}
