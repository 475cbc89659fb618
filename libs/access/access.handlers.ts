import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
import { CLOCK, type Clock } from '@leadlog/time';
import type { AccessKey } from './access-keys';
import { createKey, KeyRefused, revokeKey, rotateKey, type MadeKey, type WantedKey } from './change-keys';
import { KnownKeys } from './known-keys';

export class ListKeys extends Query<AccessKey[]> {}

@QueryHandler(ListKeys)
export class ListKeysHandler implements IQueryHandler<ListKeys> {
  constructor(private readonly keys: KnownKeys) {}

  execute(): Promise<AccessKey[]> {
    return Promise.resolve(this.keys.all());
  }
}

/** Rejects with KeyRefused, as the others do. */
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
  ) {}

  execute({ wanted, actor }: CreateKey): Promise<MadeKey> {
    return createKey({ log: this.log, clock: this.clock, actor }, wanted);
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
    private readonly keys: KnownKeys,
  ) {}

  async execute({ keyId, overlapMs, actor }: RotateKey): Promise<MadeKey> {
    refuseOfFile(this.keys, keyId);
    return rotateKey({ log: this.log, clock: this.clock, actor }, keyId, overlapMs);
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
    private readonly keys: KnownKeys,
  ) {}

  async execute({ keyId, actor }: RevokeKey): Promise<{ position: Position; repeated: boolean }> {
    refuseOfFile(this.keys, keyId);
    return revokeKey({ log: this.log, clock: this.clock, actor }, keyId);
  }
}

function refuseOfFile(keys: KnownKeys, keyId: string): void {
  if (keys.keyOfFile()?.keyId === keyId)
    throw new KeyRefused('conflict', [
      {
        pointer: '/id',
        expected: 'a key that was made by a command (the owner key in a file is replaced by deleting the file)',
        got: keyId,
      },
    ]);
}
