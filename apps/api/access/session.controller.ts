import { Body, Controller, Delete, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Holder } from '@leadlog/access';
import { ChangePerson, SignIn, SignOut } from '@leadlog/access/people/people.handlers';
import { TEAM_OF } from '@leadlog/handoff/handoff.handlers';
import type { TeamOf } from '@leadlog/lead';
import { Answers } from '../answer-schemas';
import { TIMEZONE } from '../history/reports.handlers';
import { refused } from '../problem-details';
import { oneOf } from '../query-parameters';
import { actorOf } from '../requests/actor-of';
import { EndedSession, Session, StartedSession } from './people.answers';
import { SignInBody } from './people.dto';
import { OWN } from './own-things';
import { permissionsOf, type Permission } from './roles';
import { ROUTES } from './routes';
import { SignInPlace } from './sign-in-place';

/** Of the routes on which a representative has what is theirs. */
const PERMISSIONS_OF_OWN = [...new Set(Object.keys(OWN).map((route) => ROUTES[route] as Permission))];

@ApiTags('people')
@Controller('v1/session')
export class SessionController {
  constructor(
    private readonly commands: CommandBus,
    @Inject(SignInPlace) private readonly place: SignInPlace,
    @Inject(TEAM_OF) private readonly teamOf: TeamOf,
    @Inject(TIMEZONE) private readonly timezone: string,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Sign in by a link, once; the session is a cookie, which lasts for 12 hours' })
  @Answers(StartedSession, { status: 201 })
  async signIn(
    @Body() { token }: SignInBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StartedSession> {
    const { holder, text, expiresAt, position } = await this.commands.execute(new SignIn(token));
    // From here on it is known who asks.
    request.access = holder;
    void reply.header('set-cookie', this.place.cookie.with(text)).header('Leadlog-Position', String(position));
    return { personId: holder.id, endsAt: new Date(expiresAt).toISOString(), position: String(position) };
  }

  @Get()
  @ApiOperation({ summary: 'Who asks, by a session or a key, and what they may do' })
  @Answers(Session)
  current(@Req() { access }: FastifyRequest): Session {
    const { kind, id, name, role, repId, session } = access!;
    const teamId = repId === undefined ? undefined : this.teamOf(repId);
    return {
      kind,
      id,
      name,
      role,
      repId,
      teamId,
      permissions: permissionsOf(access!),
      own: role === 'rep' ? PERMISSIONS_OF_OWN : [],
      timezone: this.timezone,
      ...(session && { endsAt: new Date(session.endsAt).toISOString() }),
    };
  }

  @Delete()
  @ApiOperation({ summary: 'Sign out: the session ends in every process, or with `everywhere` all of the person do' })
  @ApiQuery({
    name: 'everywhere',
    required: false,
    enum: ['true'],
    description: 'every session of the person, also those in other browsers',
  })
  @Answers(EndedSession)
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('everywhere') everywhere?: string,
  ): Promise<EndedSession> {
    const all = oneOf('everywhere', everywhere, ['true']) !== undefined;
    const sessionId = sessionOf(request.access!);
    const actor = actorOf(request);
    const { position } = await this.commands.execute(
      all ? new ChangePerson(request.access!.id, 'sign-out', actor) : new SignOut(sessionId, actor),
    );
    void reply.header('set-cookie', this.place.cookie.none()).header('Leadlog-Position', String(position));
    return { position: String(position) };
  }
}

function sessionOf({ session }: Holder): string {
  if (!session) throw refused(409, '/cookie', 'a session, which is what a sign-out ends', 'a key, which is revoked by an owner');
  return session.sessionId;
}
