import type { FastifyRequest } from 'fastify';
import { SessionCookie } from './session-cookie';

export const SIGN_IN_PATH = '/sign-in';

/**
 * The link that a token makes with an address of the api. The token follows the `#`, so no server, proxy or log sees it, and whatever looks at
 * links ahead of people (mail filters, previews) does not use it up.
 */
export const signInLink = (address: string, token: string): string => `${address}${SIGN_IN_PATH}#${token}`;

/** Where people sign in, as their browsers see it. */
export class SignInPlace {
  readonly cookie: SessionCookie;

  /** `isSecure`: browsers come by TLS, here or at a proxy. */
  constructor(readonly isSecure: boolean) {
    this.cookie = new SessionCookie(isSecure);
  }

  /** At the name by which whoever asks has reached the api. */
  addressFor({ headers }: FastifyRequest): string {
    return `${this.isSecure ? 'https' : 'http'}://${headers.host}`;
  }

  linkOf(request: FastifyRequest, token: string): string {
    return signInLink(this.addressFor(request), token);
  }
}
