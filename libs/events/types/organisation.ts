import { AnyObject, EventId, NotPersonal, Optional, Text } from './fields';

export class OrganisationDrafted {
  /** Hash of the meaning of the organisation. */
  @NotPersonal() @Text(64) version!: string;
  /** The organisation as data. */
  @NotPersonal() @AnyObject() definition!: object;
  /** The document as written, including comments. */
  @NotPersonal() @Text(262_144) text!: string;
}

export class OrganisationPublished {
  @NotPersonal() @Text(64) version!: string;
  @NotPersonal() @AnyObject() definition!: object;
  /** For a rollback: the event of the publication that counts again. */
  @Optional() @EventId() restores?: string;
}
