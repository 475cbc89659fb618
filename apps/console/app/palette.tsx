import type { Session } from './session';

export default function Palette(_: { session: Session; close(): void }) {
  return null;
}
