import type { FastifyRequest } from 'fastify';
import { SESSION_MS, sessionIdIn } from '@leadlog/access';

/** The cookie in which a browser keeps a session: no script reads it, and no page of another site sends it where it could change anything. */
export class SessionCookie {
  private readonly name: string;

  /** `isSecure`: browsers come by TLS. Then no other host of the domain can set it either, which is what `__Host-` says. */
  constructor(private readonly isSecure: boolean) {
    this.name = isSecure ? '__Host-leadlog' : 'leadlog';
  }

  /** What stands in it; a cookie of the same name with something else is somebody else's. */
  in({ headers }: FastifyRequest): string | undefined {
    return cookiesNamed(this.name, headers.cookie).find((value) => sessionIdIn(value) !== undefined);
  }

  with(text: string): string {
    return this.header(text, SESSION_MS / 1_000);
  }

  /** Takes it away. */
  none(): string {
    return this.header('', 0);
  }

  private header(value: string, seconds: number): string {
    return `${this.name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${this.isSecure ? '; Secure' : ''}`;
  }
}

export function cookiesNamed(name: string, header = ''): string[] {
  return header.split(';').flatMap((one) => {
    const at = one.indexOf('=');
    return at > 0 && one.slice(0, at).trim() === name ? [one.slice(at + 1).trim()] : [];
  });
}
