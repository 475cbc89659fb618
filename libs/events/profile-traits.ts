import { PERSONAL_OF_PROFILE, type Profile, type ProfileTraits } from './types/identity';

/** The member of data that holds the profile, of the types that have one. */
export const PROFILE_MEMBERS: ReadonlyMap<string, 'profile' | 'changes'> = new Map([
  ['LeadCaptured', 'profile'],
  ['ProfileUpdated', 'changes'],
]);

export function traitsOf(profile: Profile): ProfileTraits {
  const { email } = profile;
  return {
    ...(email !== undefined && { emailDomain: email.slice(email.lastIndexOf('@') + 1) }),
    has: PERSONAL_OF_PROFILE.filter((field) => profile[field] !== undefined),
  };
}

/** The data of an event with the traits of its profile, which events from before there were traits do not have. */
export function withTraits(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const member = PROFILE_MEMBERS.get(type);
  if (member === undefined || data['traits'] !== undefined) return data;
  const profile = data[member];
  return typeof profile === 'object' && profile !== null ? { ...data, traits: traitsOf(profile) } : data;
}
