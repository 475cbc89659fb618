import crypto, { createHash } from 'node:crypto';

/** Namespaces of UUID version 5 (RFC 9562, 5.5): fixed for ever, because otherwise a retry after an upgrade would be a new event. */
export const EVENT_NAMESPACE = '4f7a4b0e-0b57-5c0a-9c8e-2f6d1a7b3c55';
export const DECISION_NAMESPACE = '9d3c1f52-7e64-5b1b-8a0d-6e2b4c9f7a31';

/** The id of an event from outside: the same `source` and `id` (CloudEvents) give the same id. */
export const eventIdOf = (source: string, id: string): string => uuid5(eventNamespace, JSON.stringify([source, id]));

/** The id of a decision made by the engine, derived from the name of the decision and everything on which it is based. */
export const decisionId = (...parts: string[]): string => uuid5(decisionNamespace, JSON.stringify(parts));

const namespaceBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const eventNamespace = namespaceBytes(EVENT_NAMESPACE);
const decisionNamespace = namespaceBytes(DECISION_NAMESPACE);

// crypto.hash came with Node 20.12 and 21.7.
const sha1: (data: Buffer) => string =
  typeof crypto.hash === 'function' ? (data) => crypto.hash('sha1', data, 'hex') : (data) => createHash('sha1').update(data).digest('hex');

const VARIANT = ['8', '9', 'a', 'b'] as const;
let scratch = Buffer.allocUnsafe(1024);

function uuid5(namespace: Buffer, name: string): string {
  // A UTF-16 unit takes at most three bytes.
  if (scratch.length < 16 + name.length * 3) scratch = Buffer.allocUnsafe(16 + name.length * 3);
  namespace.copy(scratch, 0);
  const end = 16 + scratch.write(name, 16, 'utf8');
  const hex = sha1(scratch.subarray(0, end));
  const variant = VARIANT[Number.parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
