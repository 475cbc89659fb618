import { LeadlogError, type ErrorKind } from '@leadlog/errors';
import type { OidcSettings } from '../../../setup/oidc';

/** Somebody is not signed in at the provider, in words for whoever tried and for whoever has set it up. */
export class ProviderFailed extends LeadlogError {
  constructor(
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

const AGAIN = 'Sign in again.';

/** By the codes of openid-client. Of an answer nothing is told but the error codes that the standard names. Undefined if it is a fault of ours. */
export function providerFailed(error: unknown, { issuer, secretFile }: OidcSettings): ProviderFailed | undefined {
  if (error instanceof ProviderFailed) return error;
  const { code = '', error: told = '', syscall } = error as { code?: string; error?: string; syscall?: string };
  const named = /^[a-z_]{1,50}$/.test(told) ? told : 'unnamed error';
  if (syscall !== undefined && secretFile !== undefined)
    return new ProviderFailed('unavailable', `OIDC_CLIENT_SECRET_FILE: expected a file that can be read, got ${secretFile} (${code}).`);
  switch (code) {
    case 'OAUTH_AUTHORIZATION_RESPONSE_ERROR':
      return new ProviderFailed('forbidden', `The identity provider did not sign you in (${named}). ${AGAIN}`);
    case 'OAUTH_RESPONSE_BODY_ERROR':
      if (told === 'invalid_grant')
        return new ProviderFailed('forbidden', `The identity provider no longer accepts this sign-in (${named}). ${AGAIN}`);
      return refusedClient(named);
    case 'OAUTH_WWW_AUTHENTICATE_CHALLENGE':
      return refusedClient('invalid_client');
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return new ProviderFailed('forbidden', `What the identity provider said is not of this sign-in (${code}). ${AGAIN}`);
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return otherIssuer(issuer);
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
      return new ProviderFailed('unavailable', `OIDC_ISSUER: expected an OpenID provider, got other answers from ${issuer} (${code}).`);
    case 'OAUTH_TIMEOUT':
      return silent(issuer);
    case '':
      // As fetch tells of a connection that fails.
      return error instanceof TypeError && error.cause !== undefined ? silent(issuer) : undefined;
    default:
      return new ProviderFailed('unavailable', `The identity provider answered what Leadlog cannot use (${code}).`);
  }
}

export const otherIssuer = (issuer: string): ProviderFailed =>
  new ProviderFailed('unavailable', `OIDC_ISSUER: expected the issuer that the provider itself names, got ${issuer}.`);

const silent = (issuer: string): ProviderFailed =>
  new ProviderFailed('unavailable', `The identity provider does not answer (${issuer}). Try again in a moment.`);

const refusedClient = (named: string): ProviderFailed =>
  new ProviderFailed(
    'unavailable',
    `The identity provider refuses Leadlog (${named}). OIDC_CLIENT_ID and OIDC_CLIENT_SECRET_FILE have to be those of a client that it knows.`,
  );
