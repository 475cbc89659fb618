import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AddPerson, ChangePerson, ListPeople, MakeLink, type ChangeOfPerson } from '@leadlog/access/people/people.handlers';
import { Answers } from '../answer-schemas';
import { actorOf } from '../requests/actor-of';
import { ChangedPerson, People, SignInLink } from './people.answers';
import { PersonBody, PersonChangeBody } from './people.dto';
import { SignInPlace } from './sign-in-place';

@ApiTags('people')
@Controller('v1/people')
export class PeopleController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    @Inject(SignInPlace) private readonly place: SignInPlace,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List people who may sign in, also those who are disabled' })
  @Answers(People)
  async list(): Promise<People> {
    const people = await this.queries.execute(new ListPeople());
    return {
      items: people.map(({ personId, name, email, role, repId, issuer, subject, isDisabled, addedAt, sessions }) => ({
        personId,
        name,
        email,
        role,
        repId,
        issuer,
        subject,
        state: isDisabled ? ('disabled' as const) : ('enabled' as const),
        addedAt: new Date(addedAt).toISOString(),
        sessions,
      })),
    };
  }

  @Post()
  @ApiOperation({ summary: 'Add a person, who may then be sent a sign-in link' })
  @Answers(ChangedPerson, { status: 201 })
  async add(
    @Body() body: PersonBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedPerson> {
    const { personId, position, repeated } = await this.commands.execute(new AddPerson(body, actorOf(request)));
    return { personId, ...told(position, reply), repeated };
  }

  @Post(':id/change')
  @HttpCode(200)
  @ApiOperation({ summary: 'Change name, address, role or representative of a person; what is left out stays' })
  @Answers(ChangedPerson)
  change(
    @Param('id') personId: string,
    @Body() { email, ...rest }: PersonChangeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedPerson> {
    return this.changed(personId, { ...rest, ...(email !== undefined && { email: email || null }) }, request, reply);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a person in no longer; their sessions end within two seconds in every process' })
  @Answers(ChangedPerson)
  disable(
    @Param('id') personId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedPerson> {
    return this.changed(personId, 'disable', request, reply);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a person who was disabled sign in again' })
  @Answers(ChangedPerson)
  enable(
    @Param('id') personId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedPerson> {
    return this.changed(personId, 'enable', request, reply);
  }

  @Post(':id/sign-out')
  @HttpCode(200)
  @ApiOperation({ summary: 'End all sessions of a person, and the links that they have not used' })
  @Answers(ChangedPerson)
  signOut(
    @Param('id') personId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedPerson> {
    return this.changed(personId, 'sign-out', request, reply);
  }

  @Post(':id/link')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a link by which a person signs in, once; the person `owner` is whoever owns the engine' })
  @Answers(SignInLink)
  async link(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInLink> {
    const { personId, token, expiresAt, position } = await this.commands.execute(new MakeLink(id, actorOf(request)));
    return {
      personId,
      link: this.place.linkOf(request, token),
      expiresAt: new Date(expiresAt).toISOString(),
      ...told(position, reply),
    };
  }

  private async changed(id: string, change: ChangeOfPerson, request: FastifyRequest, reply: FastifyReply): Promise<ChangedPerson> {
    const { personId, position, repeated } = await this.commands.execute(new ChangePerson(id, change, actorOf(request)));
    return { personId, ...told(position, reply), repeated };
  }
}

function told(position: bigint, reply: FastifyReply): { position: string } {
  void reply.header('Leadlog-Position', String(position));
  return { position: String(position) };
}
