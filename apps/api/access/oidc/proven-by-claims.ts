import type { Proven } from '@leadlog/access';
import { parseEmail } from '@leadlog/events/types/email-address';
import type { RolesOfClaim } from '../../../setup/oidc';

/** What a provider says of somebody, as it says it. */
export type Claims = Readonly<Record<string, unknown>> & { iss: string; sub: string };

const LONGEST_NAME = 200;

/** Who somebody is by what the provider says of them. */
export function provenByClaims(claims: Claims, { claim, values }: RolesOfClaim): Proven {
  const { iss: issuer, sub: subject } = claims;
  const has = new Set([claims[claim]].flat().map(textOf));
  const given = values.find(({ value }) => has.has(value));
  const repId = given?.repClaim === undefined ? undefined : textOf(claims[given.repClaim]);
  const address = claims['email_verified'] === false ? undefined : textOf(claims['email']);
  const email = address === undefined ? undefined : parseEmail(address);
  const name = [claims['name'], claims['preferred_username'], address, subject].map(textOf).find((one) => one !== undefined)!;
  return {
    issuer,
    subject,
    name: [...name].slice(0, LONGEST_NAME).join(''),
    ...(email !== undefined && { email }),
    ...(given && { role: given.role }),
    ...(repId !== undefined && { repId }),
  };
}

/** Numbers of employees come as numbers too. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return String(value).trim() || undefined;
}
