import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import { CLOCK, type Clock } from '@leadlog/time';
import type { AccessKey } from './access-keys';
import { AccessRefused } from './access-refused';
import { createKey, revokeKey, rotateKey, type MadeKey, type WantedKey } from './change-keys';
import { KnownAccess } from './known-access';

export class ListKeys extends Query<AccessKey[]> {}

@QueryHandler(ListKeys)
export class ListKeysHandler implements IQueryHandler<ListKeys> {
  constructor(private readonly access: KnownAccess) {}

  execute(): Promise<AccessKey[]> {
    return Promise.resolve(this.access.allKeys());
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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ wanted, actor }: CreateKey): Promise<MadeKey> {
    const made = await createKey({ log: this.log, clock: this.clock, actor }, wanted);
    await this.access.refresh();
    return made;
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
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ keyId, overlapMs, actor }: RotateKey): Promise<MadeKey> {
    refuseOfFile(this.access, keyId);
    const made = await rotateKey({ log: this.log, clock: this.clock, actor }, keyId, overlapMs);
    await this.access.refresh();
    return made;
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
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ keyId, actor }: RevokeKey): Promise<{ position: Position; repeated: boolean }> {
    refuseOfFile(this.access, keyId);
    const revoked = await revokeKey({ log: this.log, clock: this.clock, actor }, keyId);
    await this.access.refresh();
    return revoked;
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
