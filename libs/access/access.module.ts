import { Module, type DynamicModule } from '@nestjs/common';
import { CreateKeyHandler, ListKeysHandler, RevokeKeyHandler, RotateKeyHandler } from './keys.handlers';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { CLOCK, type Clock } from '@leadlog/time';
import { AccessChanges } from './access-changes';
import { KnownAccess } from './known-access';
import { LastUses } from './last-uses/last-uses';
import {
  AddPersonHandler,
  ChangePersonHandler,
  ListPeopleHandler,
  MakeLinkHandler,
  SignInHandler,
  SignInProvenHandler,
  SignOutHandler,
} from './people/people.handlers';
import { StartLink } from './people/sign-in';

/** Needs EVENT_LOG and CLOCK from a global module. */
@Module({})
export class AccessModule {
  static for(access: KnownAccess, start: StartLink, uses?: LastUses): DynamicModule {
    return {
      module: AccessModule,
      providers: [
        { provide: KnownAccess, useValue: access },
        { provide: StartLink, useValue: start },
        { provide: LastUses, useValue: uses },
        {
          provide: AccessChanges,
          useFactory: (log: EventLog, clock: Clock) => new AccessChanges({ log, clock }, access),
          inject: [EVENT_LOG, CLOCK],
        },
        ListKeysHandler,
        CreateKeyHandler,
        RotateKeyHandler,
        RevokeKeyHandler,
        ListPeopleHandler,
        AddPersonHandler,
        ChangePersonHandler,
        MakeLinkHandler,
        SignInHandler,
        SignInProvenHandler,
        SignOutHandler,
      ],
    };
  }
}
