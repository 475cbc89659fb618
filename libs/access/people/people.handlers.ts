import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Actor, Position } from '@leadlog/event-log';
import { CLOCK, type Clock } from '@leadlog/time';
import {
  addPerson,
  changePerson,
  disablePerson,
  enablePerson,
  signOutPerson,
  type ChangedPerson,
  type PersonChange,
  type Proven,
  type WantedPerson,
} from './change-people';
import { AccessChanges } from '../access-changes';
import { KnownAccess } from '../known-access';
import type { Person } from './people';
import { endSession, makeLink, signInByLink, signInProven, StartLink, type MadeLink, type StartedSession } from './sign-in';

export interface ListedPerson extends Person {
  /** How many sessions are open. */
  sessions: number;
}

export class ListPeople extends Query<ListedPerson[]> {}

@QueryHandler(ListPeople)
export class ListPeopleHandler implements IQueryHandler<ListPeople> {
  constructor(
    private readonly access: KnownAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(): Promise<ListedPerson[]> {
    const open = this.access.openSessions(this.clock());
    return Promise.resolve(this.access.allPeople().map((person) => ({ ...person, sessions: open.get(person.personId) ?? 0 })));
  }
}

/** Rejects with AccessRefused, as the others do. */
export class AddPerson extends Command<ChangedPerson> {
  constructor(
    readonly wanted: WantedPerson,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(AddPerson)
export class AddPersonHandler implements ICommandHandler<AddPerson> {
  constructor(private readonly changes: AccessChanges) {}

  async execute({ wanted, actor }: AddPerson): Promise<ChangedPerson> {
    return this.changes.make((writer) => addPerson({ ...writer, actor }, wanted));
  }
}

/** What is to become of somebody: other properties, or of their being let in. */
export type ChangeOfPerson = PersonChange | keyof typeof TURNS;
const TURNS = { disable: disablePerson, enable: enablePerson, 'sign-out': signOutPerson } as const;

export class ChangePerson extends Command<ChangedPerson> {
  constructor(
    readonly personId: string,
    readonly change: ChangeOfPerson,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(ChangePerson)
export class ChangePersonHandler implements ICommandHandler<ChangePerson> {
  constructor(private readonly changes: AccessChanges) {}

  async execute({ personId, change, actor }: ChangePerson): Promise<ChangedPerson> {
    return this.changes.make((writer) => {
      const by = { ...writer, actor };
      return typeof change === 'string' ? TURNS[change](by, personId) : changePerson(by, personId, change);
    });
  }
}

export class MakeLink extends Command<MadeLink> {
  constructor(
    readonly personId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(MakeLink)
export class MakeLinkHandler implements ICommandHandler<MakeLink> {
  constructor(private readonly changes: AccessChanges) {}

  execute({ personId, actor }: MakeLink): Promise<MadeLink> {
    return this.changes.make((writer) => makeLink({ ...writer, actor }, personId));
  }
}

/** By whoever has the link: nobody acts yet. */
export class SignIn extends Command<StartedSession> {
  constructor(readonly token: string) {
    super();
  }
}

@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(
    private readonly changes: AccessChanges,
    private readonly start: StartLink,
  ) {}

  async execute({ token }: SignIn): Promise<StartedSession> {
    return this.changes.make((writer) => signInByLink(writer, this.start, token));
  }
}

/** By whoever has just signed in at an identity provider. */
export class SignInProven extends Command<StartedSession> {
  constructor(readonly proven: Proven) {
    super();
  }
}

@CommandHandler(SignInProven)
export class SignInProvenHandler implements ICommandHandler<SignInProven> {
  constructor(private readonly changes: AccessChanges) {}

  async execute({ proven }: SignInProven): Promise<StartedSession> {
    return this.changes.make((writer) => signInProven(writer, proven));
  }
}

export class SignOut extends Command<{ position: Position; repeated: boolean }> {
  constructor(
    readonly sessionId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(SignOut)
export class SignOutHandler implements ICommandHandler<SignOut> {
  constructor(private readonly changes: AccessChanges) {}

  async execute({ sessionId, actor }: SignOut): Promise<{ position: Position; repeated: boolean }> {
    return this.changes.make((writer) => endSession({ ...writer, actor }, sessionId));
  }
}
