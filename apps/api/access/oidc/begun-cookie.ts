import type { FastifyRequest } from 'fastify';
import { cookiesNamed } from '../session-cookie';
import type { Begun } from './identity-provider';

const PART = '([\\w-]{43})';
const VALUE = new RegExp(`^${PART}\\.${PART}\\.${PART}$`);
/** Long enough for a password and a second factor. */
const SECONDS = 600;

/**
 * Keeps in the browser what a sign-in at the provider began with, so that it may end at another API than it began at. It needs no signature:
 * all of it is random, and whoever changes it in their own browser does not sign in.
 */
export class BegunCookie {
  private readonly name: string;

  /** `isSecure`: as of SessionCookie. */
  constructor(private readonly isSecure: boolean) {
    this.name = isSecure ? '__Host-leadlog-begun' : 'leadlog-begun';
  }

  in({ headers }: FastifyRequest): Begun | undefined {
    for (const value of cookiesNamed(this.name, headers.cookie)) {
      const [, state, nonce, verifier] = VALUE.exec(value) ?? [];
      if (state && nonce && verifier) return { state, nonce, verifier };
    }
    return undefined;
  }

  with({ state, nonce, verifier }: Begun): string {
    return this.header(`${state}.${nonce}.${verifier}`, SECONDS);
  }

  none(): string {
    return this.header('', 0);
  }

  private header(value: string, seconds: number): string {
    return `${this.name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${this.isSecure ? '; Secure' : ''}`;
  }
}
