import { status, type Metadata, type StatusObject } from '@grpc/grpc-js';
import { exception } from './messages';

/** As a new server has them. */
const USERS: Record<string, { password: string; role: string }> = {
  admin: { password: 'changeit', role: '$admins' },
  ops: { password: 'changeit', role: '$ops' },
};

export const ACCESS_DENIED = exception(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

/** Whether a caller has one of the roles that the metadata of a stream asks for. Who comes without credentials has that of everybody. */
export function hasRole(metadata: Metadata, roles: string | readonly string[] | undefined): boolean {
  if (roles === undefined) return true;
  const [name] = credentialsOf(metadata) ?? [];
  const role = name === undefined ? undefined : USERS[name]?.role;
  return role === '$admins' || [roles].flat().some((one) => one === '$all' || one === name || one === role);
}

/**
 * Why a call may not be done. Wrong credentials are refused wherever they come (the client sends none without TLS); nobody at all may
 * do everything on a server without TLS, and on one with it everything but read what is everybody's.
 */
export function accessRefused(
  metadata: Metadata,
  { secure, readsAll = false }: { secure: boolean; readsAll?: boolean },
): Partial<StatusObject> | undefined {
  const credentials = credentialsOf(metadata);
  if (!credentials) return secure && readsAll ? ACCESS_DENIED : undefined;
  const [name, password] = credentials;
  return USERS[name]?.password === password ? undefined : exception(status.UNAUTHENTICATED, 'Unauthenticated');
}

function credentialsOf(metadata: Metadata): [name: string, password: string] | undefined {
  const [header] = metadata.get('authorization');
  if (header === undefined) return undefined;
  const [name = '', ...password] = Buffer.from(header.toString().replace(/^Basic /i, ''), 'base64')
    .toString('utf8')
    .split(':');
  return [name, password.join(':')];
}
