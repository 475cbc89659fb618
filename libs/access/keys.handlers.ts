import { Optional } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Actor, Position } from '@leadlog/event-log';
import { AccessChanges } from './access-changes';
import type { AccessKey } from './access-keys';
import { AccessRefused } from './access-refused';
import { createKey, revokeKey, rotateKey, type MadeKey, type WantedKey } from './change-keys';
import { KnownAccess } from './known-access';
import { LastUses } from './last-uses/last-uses';

/** `lastUsedAt`: ms, to the minute. */
export type ListedKey = AccessKey & { lastUsedAt?: number };

export class ListKeys extends Query<ListedKey[]> {}

@QueryHandler(ListKeys)
export class ListKeysHandler implements IQueryHandler<ListKeys> {
  constructor(
    private readonly access: KnownAccess,
    @Optional() private readonly uses?: LastUses,
  ) {}

  async execute(): Promise<ListedKey[]> {
    const last = await this.uses?.all();
    return this.access.allKeys().map((key) => ({ ...key, lastUsedAt: last?.get(key.keyId) }));
  }
}

/** Rejects with AccessRefused, as the others do. */
export class CreateKey extends Command<MadeKey> {
  constructor(
    readonly wanted: WantedKey,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(CreateKey)
export class CreateKeyHandler implements ICommandHandler<CreateKey> {
  constructor(private readonly changes: AccessChanges) {}

  async execute({ wanted, actor }: CreateKey): Promise<MadeKey> {
    return this.changes.make((writer) => createKey({ ...writer, actor }, wanted));
  }
}

export class RotateKey extends Command<MadeKey> {
  constructor(
    readonly keyId: string,
    readonly overlapMs: number,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(RotateKey)
export class RotateKeyHandler implements ICommandHandler<RotateKey> {
  constructor(
    private readonly changes: AccessChanges,
    private readonly access: KnownAccess,
  ) {}

  async execute({ keyId, overlapMs, actor }: RotateKey): Promise<MadeKey> {
    refuseOfFile(this.access, keyId);
    return this.changes.make((writer) => rotateKey({ ...writer, actor }, keyId, overlapMs));
  }
}

export class RevokeKey extends Command<{ position: Position; repeated: boolean }> {
  constructor(
    readonly keyId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(RevokeKey)
export class RevokeKeyHandler implements ICommandHandler<RevokeKey> {
  constructor(
    private readonly changes: AccessChanges,
    private readonly access: KnownAccess,
  ) {}

  async execute({ keyId, actor }: RevokeKey): Promise<{ position: Position; repeated: boolean }> {
    refuseOfFile(this.access, keyId);
    return this.changes.make((writer) => revokeKey({ ...writer, actor }, keyId));
  }
}

function refuseOfFile(access: KnownAccess, keyId: string): void {
  if (access.keyOfFile()?.keyId === keyId)
    throw new AccessRefused('conflict', [
      {
        pointer: '/id',
        expected: 'a key that was made by a command (the owner key in a file is replaced by deleting the file)',
        got: keyId,
      },
    ]);
}
