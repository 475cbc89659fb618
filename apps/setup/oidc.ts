import { resolve } from 'node:path';
import { PERSON_ROLES, type PersonRole } from '@leadlog/events';
import { nearest } from '@leadlog/events/validation/nearest-name';
import { shownAddress } from './shown-address';

/** The identity provider at which people sign in, as OpenID Connect calls it. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Left out: the provider knows the client without a secret. */
  secretFile?: string;
  roles: RolesOfClaim;
}

/** Which claim gives which role. Who has several of its values has the role of the first. */
export interface RolesOfClaim {
  claim: string;
  values: readonly RoleOfValue[];
}

export interface RoleOfValue {
  value: string;
  role: PersonRole;
  /** Of role rep: the claim that holds which representative somebody is. */
  repClaim?: string;
}

export const OIDC_NAMES = {
  OIDC_ISSUER: 'identity provider at which people sign in (OpenID Connect), such as https://login.example.com (none: by links alone)',
  OIDC_CLIENT_ID: 'what the provider calls Leadlog; needed with OIDC_ISSUER',
  OIDC_CLIENT_SECRET_FILE: 'file with the secret of this client, such as a mounted secret (none: a client without a secret)',
  OIDC_ROLES:
    'which claim gives which role, such as groups: sales-leads=manager, sales=rep/employee_number, where the latter is the claim with the id of the representative; needed with OIDC_ISSUER',
} as const;

const EXAMPLE = 'groups: sales-leads=manager, sales=rep/employee_number';
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

type Wrong = { name: string; expected: string; got: string };

/** Undefined where none is set. The provider is asked once somebody signs in. */
export function oidcIn(env: Readonly<Record<string, string | undefined>>): OidcSettings | Wrong | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET_FILE: secretFile, OIDC_ROLES: roles } = env;
  const [set] = Object.keys(OIDC_NAMES).filter((name) => env[name]);
  if (set === undefined) return undefined;
  if (!issuer) return { name: 'OIDC_ISSUER', expected: `the address of the identity provider, since ${set} is set`, got: 'nothing' };
  if (!isIssuer(issuer))
    return {
      name: 'OIDC_ISSUER',
      expected: 'an https address without user, query and fragment (http on this machine alone), such as https://login.example.com',
      got: `"${shownAddress(issuer)}"`,
    };
  if (!clientId) return { name: 'OIDC_CLIENT_ID', expected: 'what the provider calls Leadlog, since OIDC_ISSUER is set', got: 'nothing' };
  if (!roles) return { name: 'OIDC_ROLES', expected: `which claim gives which role, such as ${EXAMPLE}`, got: 'nothing' };
  const read = rolesIn(roles);
  if ('expected' in read) return { name: 'OIDC_ROLES', ...read };
  return { issuer, clientId, ...(secretFile && { secretFile: resolve(secretFile) }), roles: read };
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password || search || hash) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

/** A claim may be named by an address, and a value may hold anything but a comma. */
function rolesIn(text: string): RolesOfClaim | { expected: string; got: string } {
  const [, claim, list] = /^\s*(\S+):\s+(.+)$/s.exec(text) ?? [];
  if (claim === undefined || list === undefined)
    return { expected: `a claim, a colon, a space, and value=role, separated by commas, such as ${EXAMPLE}`, got: `"${text}"` };
  const values: RoleOfValue[] = [];
  for (const part of list.split(',').map((one) => one.trim())) {
    const [, value, name, repClaim] = /^(.+)=\s*([a-z]+)(?:\/(\S+))?$/.exec(part) ?? [];
    if (value === undefined || name === undefined) return { expected: `value=role, such as sales-leads=manager`, got: `"${part}"` };
    const role = PERSON_ROLES.find((one) => one === name);
    if (!role)
      return { expected: `one of the roles ${PERSON_ROLES.join(', ')}`, got: `"${name}"; the nearest is ${nearest(name, PERSON_ROLES)}` };
    if ((role === 'rep') !== (repClaim !== undefined))
      return {
        expected: 'rep, and rep alone, with the claim that holds the id of the representative, such as sales=rep/employee_number',
        got: `"${part}"`,
      };
    values.push({ value: value.trim(), role, ...(repClaim !== undefined && { repClaim }) });
  }
  return { claim, values };
}
