import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyState } from '@leadlog/access';
import { CreateKey, ListKeys, RevokeKey, RotateKey, type ListedKey } from '@leadlog/access/keys.handlers';
import { CLOCK, type Clock } from '@leadlog/time';
import { Answers } from '../answer-schemas';
import { refused } from '../problem-details';
import { actorOf } from '../requests/actor-of';
import { CurrentKey, Keys, MadeKey, RevokedKey, type Key } from './keys.answers';
import { KeyBody, RotationBody } from './keys.dto';
import { permissionsOf } from './roles';

const HOUR_MS = 3_600_000;
const OVERLAP_HOURS = 24;

@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List access keys, also those that are no longer valid' })
  @Answers(Keys)
  async list(): Promise<Keys> {
    const now = this.clock();
    return { items: (await this.queries.execute(new ListKeys())).map((key) => shownKey(key, now)) };
  }

  @Get('current')
  @ApiOperation({ summary: 'The key of this request, and what it may do' })
  @Answers(CurrentKey)
  current(@Req() { access }: FastifyRequest): CurrentKey {
    const { kind, id, name, role } = access!;
    if (kind !== 'key') throw refused(409, '/authorization', 'a key; for a session, ask /v1/session', 'a session');
    return { keyId: id, name, role, permissions: permissionsOf(access!) };
  }

  @Post()
  @ApiOperation({ summary: 'Make a key; it is told in this answer and never again' })
  @Answers(MadeKey, { status: 201 })
  async create(@Body() body: KeyBody, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<MadeKey> {
    return made(await this.commands.execute(new CreateKey(body, actorOf(request))), reply);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give a key a new secret; the one before is accepted a while longer' })
  @Answers(MadeKey)
  async rotate(
    @Param('id') keyId: string,
    @Body() { overlapHours = OVERLAP_HOURS }: RotationBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MadeKey> {
    return made(await this.commands.execute(new RotateKey(keyId, overlapHours * HOUR_MS, actorOf(request))), reply);
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoke a key for good; within two seconds every process refuses it' })
  @Answers(RevokedKey)
  async revoke(
    @Param('id') keyId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RevokedKey> {
    const { position, repeated } = await this.commands.execute(new RevokeKey(keyId, actorOf(request)));
    void reply.header('Leadlog-Position', String(position));
    return { position: String(position), repeated };
  }
}

function made({ keyId, key, position }: { keyId: string; key: string; position: bigint }, reply: FastifyReply): MadeKey {
  void reply.header('Leadlog-Position', String(position));
  return { keyId, key, position: String(position) };
}

/** Without hashes: they are of use to nobody. */
function shownKey(key: ListedKey, now: number): Key {
  const { keyId, name, role, source, types, repId, teams, names, createdAt, lastUsedAt, expiresAt, revokedAt, hashes } = key;
  const formerUntil = hashes.find(({ until }) => until !== undefined && until > now)?.until;
  return {
    keyId,
    name,
    role,
    state: keyState(key, now),
    source,
    types: types && [...types],
    repId,
    teams: teams && [...teams],
    names,
    createdAt: iso(createdAt)!,
    lastUsedAt: iso(lastUsedAt),
    expiresAt: iso(expiresAt),
    formerUntil: iso(formerUntil),
    revokedAt: iso(revokedAt),
  };
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
