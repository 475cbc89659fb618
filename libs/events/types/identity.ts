import {
  Derived,
  EmailAddress,
  EventId,
  Flag,
  Id,
  ListOfChoices,
  ListOfIds,
  ListOfTexts,
  Nested,
  NotPersonal,
  OneOf,
  Optional,
  Personal,
  Text,
  Timestamp,
  Whole,
} from './fields';
import { LeadIdentity, LeadReference, OfLead } from './lead-reference';

export const CAPTURE_CHANNELS = ['ad', 'form', 'event', 'card', 'import', 'referral', 'outbound'] as const;
export const ACCOUNT_ROLES = ['champion', 'decisionMaker', 'user', 'influencer', 'unknown'] as const;

export class Profile {
  @Optional() @Personal() @Text(200) name?: string;
  @Optional() @Personal() @EmailAddress() email?: string;
  @Optional() @Personal() @Text(50) phone?: string;
  @Optional() @NotPersonal() @Text(200) company?: string;
  @Optional() @NotPersonal() @Text(200) department?: string;
  @Optional() @NotPersonal() @Text(200) title?: string;
  @Optional() @NotPersonal() @Text(100) industry?: string;
  @Optional() @Whole(0, 100_000_000) employees?: number;
}

/** The fields of a profile that are personal. */
export const PERSONAL_OF_PROFILE = ['name', 'email', 'phone'] as const;

/** What is not personal about the personal fields that an event gives: it stays when they are gone, so rules read this instead. */
export class ProfileTraits {
  /** What follows the @ of the address, as recorded. */
  @Optional() @NotPersonal() @Text(255) emailDomain?: string;
  /** Which of them it gives. */
  @ListOfChoices(PERSONAL_OF_PROFILE) has!: (typeof PERSONAL_OF_PROFILE)[number][];
}

export class LeadCaptured extends OfLead {
  @OneOf(CAPTURE_CHANNELS) channel!: (typeof CAPTURE_CHANNELS)[number];
  /**
   * Where the lead came from, in the sender's own words (`paid search`). Leads without an origin are a group of their own in every report
   * by origin.
   */
  @Optional() @NotPersonal() @Text(100) origin?: string;
  @Optional() @NotPersonal() @Text(200) campaignId?: string;
  @Optional() @NotPersonal() @Text(100) region?: string;
  @Nested(() => Profile) profile!: Profile;
  @Optional() @Derived() @Nested(() => ProfileTraits) traits?: ProfileTraits;
}

export class ProfileUpdated extends OfLead {
  @Nested(() => Profile) changes!: Profile;
  @Optional() @Derived() @Nested(() => ProfileTraits) traits?: ProfileTraits;
}

export class VisitorIdentified extends OfLead {
  @Id() visitorId!: string;
  @OneOf(['form', 'mailLink', 'login', 'import']) method!: 'form' | 'mailLink' | 'login' | 'import';
}

/** In `identity-<hash>`: the first claim of an identity wins, for ever. */
export class IdentityClaimed {
  @Id() leadId!: string;
  @Nested(() => LeadIdentity) identity!: LeadIdentity;
}

/** In `identity-<hash>`, after the claim: another lead has this identity too, and nothing shows that they are one person. */
export class IdentityShared {
  @Id() leadId!: string;
  @Nested(() => LeadIdentity) identity!: LeadIdentity;
  /** Who claimed it, and when by business time, so that no other event is needed to know who shares what since when. */
  @Id() ownerId!: string;
  @Timestamp() ownedSince!: string;
}

export class LeadLinkedToAccount extends LeadReference {
  @Id() accountId!: string;
  @Optional() @OneOf(ACCOUNT_ROLES) role?: (typeof ACCOUNT_ROLES)[number];
}

/** In the stream of the merged lead, so that a lead can be merged only once. */
export class LeadsMerged {
  /** The merged lead: the same as `mergedId` once recorded. */
  @Optional() @Id() leadId!: string;
  @Id() survivorId!: string;
  @Id() mergedId!: string;
}

export class MergeReverted {
  /** The lead that had been merged. */
  @Optional() @Id() leadId!: string;
  @EventId() mergeEventId!: string;
}

/** Two leads are two people. Recorded with both, because either may be the one that is looked up. */
export class LeadsKeptApart {
  @Id() leadId!: string;
  @Id() otherId!: string;
  @Optional() @Personal() @Text(500) reason?: string;
}

/** The identity is shared: each lead who gives it is a separate person. In `identity-<hash>`, after the claim. */
export class IdentityKeptApart {
  @Nested(() => LeadIdentity) identity!: LeadIdentity;
  @Optional() @Personal() @Text(500) reason?: string;
}

export class ConsentChanged extends OfLead {
  /** What the consent is for: email, phone, post, … */
  @NotPersonal() @Text(50) channel!: string;
  @OneOf(['granted', 'withdrawn']) status!: 'granted' | 'withdrawn';
}

/** A person is to be forgotten. Nothing undoes it, and whatever is killed meanwhile, it goes on. In `lead-<leadId>`. */
export class PersonalDataErasureRequested {
  @Id() leadId!: string;
  @Id() requestId!: string;
  /** The leads that are the person: this one, and those merged into it. */
  @ListOfIds(1_000, 1) leadIds!: string[];
  /** Streams of identities and deals in which something is recorded about them. */
  @NotPersonal() @ListOfTexts(5_000, 200) streams!: string[];
}

/** What is personal in the events before it cannot be read any more. In each stream of the person. */
export class PersonalDataErased {
  @Id() leadId!: string;
  @Id() requestId!: string;
  /** In the stream of a deal. */
  @Optional() @Id() dealId?: string;
  /** In the stream of a deal: nobody else is party to it, so what names no lead there is erased, too. */
  @Optional() @Flag() wholeDeal?: boolean;
  /** The key store does not let anybody write its files anew: they hold the keys until it does so by itself. */
  @Optional() @Flag() keysInFiles?: boolean;
  /** In the stream of an identity: the leads whose claim of it is over. */
  @Optional() @ListOfIds(1_000) leadIds?: string[];
}

export const NOT_REWRITTEN = ['keys', 'readModels', 'log'] as const;

/** Read models, jobs and files hold nothing personal of the person any more. In `lead-<leadId>`. */
export class PersonalDataErasureCompleted {
  @Id() leadId!: string;
  @Id() requestId!: string;
  /** Jobs in which something was left out. */
  @Whole(0) jobs!: number;
  /** Earlier builds of read models that were dropped, since nobody folds them on. */
  @Whole(0) generations!: number;
  /** Events about the person that were recorded in clear, before there were keys: they stay in the log, and nothing reads them. */
  @Whole(0) clearEvents!: number;
  /** Files that were not written anew, and hold what was there until they are: the storage does not let anybody do so, or the disk is full (`log`). */
  @Optional() @ListOfChoices(NOT_REWRITTEN) notRewritten?: (typeof NOT_REWRITTEN)[number][];
}
