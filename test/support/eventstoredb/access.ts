import { status, type Metadata, type StatusObject } from '@grpc/grpc-js';
import { exception } from './messages';

/** As a new server has them. */
const USERS: Record<string, string> = { admin: 'changeit', ops: 'changeit' };

/**
 * Why a call may not be done. Wrong credentials are refused wherever they come (the client sends none without TLS); nobody at all may
 * do everything on a server without TLS, and on one with it everything but read what is everybody's.
 */
export function accessRefused(metadata: Metadata, { secure, readsAll = false }: { secure: boolean; readsAll?: boolean }): Partial<StatusObject> | undefined {
  const [header] = metadata.get('authorization');
  if (header === undefined) return secure && readsAll ? exception(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }) : undefined;
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(header.toString().replace(/^Basic /i, ''), 'base64').toString('utf8')) ?? [];
  return name !== undefined && USERS[name] !== undefined && USERS[name] === password ? undefined : exception(status.UNAUTHENTICATED, 'Unauthenticated');
}
