import { EmailAddress, Flag, Id, ListOfIds, ListOfTexts, NotPersonal, OneOf, Optional, Personal, Text, Timestamp } from './fields';

/** Roles of keys and people: what each may do is said in apps/api/access/roles.ts. */
export const ROLES = ['sender', 'rep', 'marketing', 'manager', 'analyst', 'operator', 'owner'] as const;
export type Role = (typeof ROLES)[number];
/** An integration is nobody who signs in. */
export const PERSON_ROLES = ['rep', 'marketing', 'manager', 'analyst', 'operator', 'owner'] as const satisfies readonly Role[];
export type PersonRole = (typeof PERSON_ROLES)[number];

/** SHA-256 of the whole key, link or session, in hex: of 256 random bits nothing can be guessed from it. */
const Hash = () => Text(64);

export class AccessKeyCreated {
  @Id() keyId!: string;
  /** What it is for, in words of whoever made it. */
  @NotPersonal() @Text(200) name!: string;
  @OneOf(ROLES) role!: Role;
  @NotPersonal() @Hash() hash!: string;
  /** Of a sender: the only `source` that its events may have. */
  @Optional() @NotPersonal() @Text(256) source?: string;
  /** Of a sender: the only types that its events may have. */
  @Optional() @NotPersonal() @ListOfTexts(100, 100) types?: string[];
  /** Of a rep: who it is. */
  @Optional() @Id() repId?: string;
  /** Of a manager: the only teams whose people and handoffs it reaches. */
  @Optional() @ListOfIds(100, 1) teams?: string[];
  /** Of an analyst: whether SQL tells it names and addresses, too. */
  @Optional() @Flag() names?: boolean;
  @Optional() @Timestamp() expiresAt?: string;
}

export class AccessKeyRotated {
  @Id() keyId!: string;
  @NotPersonal() @Hash() hash!: string;
  /** Until then the key before it is still accepted. */
  @Timestamp() formerUntil!: string;
}

export class AccessKeyRevoked {
  @Id() keyId!: string;
}

export const AUDITED_KINDS = ['read', 'change'] as const;
export type AuditedKind = (typeof AUDITED_KINDS)[number];

/** Somebody read people in bulk, or changed something, or was refused that. Who it was is in the metadata. */
export class RequestAudited {
  @OneOf(AUDITED_KINDS) kind!: AuditedKind;
  @OneOf(['done', 'refused']) outcome!: 'done' | 'refused';
  /** Method and path, with the names of parameters: `POST /v1/sql`. */
  @NotPersonal() @Text(200) route!: string;
  /** The parameters of the path, if they are ids. */
  @Optional() @NotPersonal() @ListOfTexts(4, 128) targets?: string[];
  /** Not `leadId`: this is no event of the lead. */
  @Optional() @Id() aboutLeadId?: string;
  /** The question as it was asked, without its values: these may be names. */
  @Optional() @NotPersonal() @Text(4_000) sql?: string;
  /** It was to be answered with names and addresses. */
  @Optional() @Flag() names?: boolean;
  /** From where: of whoever asked, and kept, since an audit is of no use without. */
  @NotPersonal() @Text(64) address!: string;
}

class Person {
  @Id() personId!: string;
  @Personal() @Text(200) name!: string;
  @Optional() @Personal() @EmailAddress() email?: string;
  @OneOf(PERSON_ROLES) role!: PersonRole;
  /** Of a rep: the representative that they are. */
  @Optional() @Id() repId?: string;
  /** Of somebody who signs in at an identity provider: which one, and by what it knows them. */
  @Optional() @NotPersonal() @Text(500) issuer?: string;
  @Optional() @Personal() @Text(255) subject?: string;
}

export class PersonAdded extends Person {}

/** All of it anew: what is left out is no longer so. */
export class PersonChanged extends Person {}

export class PersonDisabled {
  @Id() personId!: string;
}

export class PersonEnabled {
  @Id() personId!: string;
}

/** All of one person's sessions at once, and the links by which they have not signed in yet. */
export class PersonSignedOut {
  @Id() personId!: string;
}

/** How somebody may sign in, once. */
export class SignInLinkMade {
  /** Of the session that begins with it. */
  @Id() sessionId!: string;
  @Id() personId!: string;
  @NotPersonal() @Hash() hash!: string;
  @Timestamp() expiresAt!: string;
}

/** By a link, by the one that the program printed when it started, or at an identity provider. */
export const SIGN_IN_WAYS = ['link', 'start', 'oidc'] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

export class SessionStarted {
  @Id() sessionId!: string;
  @Id() personId!: string;
  @OneOf(SIGN_IN_WAYS) by!: SignInWay;
  @NotPersonal() @Hash() hash!: string;
  @Timestamp() expiresAt!: string;
}

export class SessionEnded {
  @Id() sessionId!: string;
  @Id() personId!: string;
}
