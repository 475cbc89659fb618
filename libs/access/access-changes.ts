import type { AccessWriter } from './change-keys';
import type { KnownAccess } from './known-access';

/** Changes of keys, people and sessions, each known here when whoever asked for it is answered. */
export class AccessChanges {
  constructor(
    private readonly writer: Omit<AccessWriter, 'actor'>,
    private readonly access: KnownAccess,
  ) {}

  async make<T>(change: (writer: Omit<AccessWriter, 'actor'>) => Promise<T>): Promise<T> {
    const made = await change(this.writer);
    await this.access.refresh();
    return made;
  }
}
