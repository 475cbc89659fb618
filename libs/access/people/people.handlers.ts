import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EVENT_LOG, type Actor, type EventLog, type Position } from '@leadlog/event-log';
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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ wanted, actor }: AddPerson): Promise<ChangedPerson> {
    const added = await addPerson({ log: this.log, clock: this.clock, actor }, wanted);
    await this.access.refresh();
    return added;
  }
}

/** What is to become of somebody: other properties, or of their being let in. */
export type ChangeOfPerson = PersonChange | 'disable' | 'enable' | 'sign-out';

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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ personId, change, actor }: ChangePerson): Promise<ChangedPerson> {
    const writer = { log: this.log, clock: this.clock, actor };
    const changed =
      change === 'disable'
        ? await disablePerson(writer, personId)
        : change === 'enable'
          ? await enablePerson(writer, personId)
          : change === 'sign-out'
            ? await signOutPerson(writer, personId)
            : await changePerson(writer, personId, change);
    await this.access.refresh();
    return changed;
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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ personId, actor }: MakeLink): Promise<MadeLink> {
    return makeLink({ log: this.log, clock: this.clock, actor }, personId);
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
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
    private readonly start: StartLink,
  ) {}

  async execute({ token }: SignIn): Promise<StartedSession> {
    const started = await signInByLink({ log: this.log, clock: this.clock }, this.start, token);
    await this.access.refresh();
    return started;
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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ proven }: SignInProven): Promise<StartedSession> {
    const started = await signInProven({ log: this.log, clock: this.clock }, proven);
    await this.access.refresh();
    return started;
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
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: KnownAccess,
  ) {}

  async execute({ sessionId, actor }: SignOut): Promise<{ position: Position; repeated: boolean }> {
    const ended = await endSession({ log: this.log, clock: this.clock, actor }, sessionId);
    await this.access.refresh();
    return ended;
  }
}
