import { Module, type DynamicModule } from '@nestjs/common';
import { CreateKeyHandler, ListKeysHandler, RevokeKeyHandler, RotateKeyHandler } from './access.handlers';
import { KnownKeys } from './known-keys';

/** Needs EVENT_LOG and CLOCK from a global module. */
@Module({})
export class AccessModule {
  static for(keys: KnownKeys): DynamicModule {
    return {
      module: AccessModule,
      providers: [{ provide: KnownKeys, useValue: keys }, ListKeysHandler, CreateKeyHandler, RotateKeyHandler, RevokeKeyHandler],
    };
  }
}
