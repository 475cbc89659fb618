import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NEEDED_ROLES } from '@leadlog/lead';
import { GetAccount } from '@leadlog/lead/lead.handlers';
import { ScoreAccount } from '@leadlog/scoring';
import { accountJson } from './leads.dto';
import { Reads } from './after';
import { Answers } from './answers/answer-schemas';
import { Account } from './answers/leads';

@ApiTags('accounts')
@Controller('v1/accounts')
@Reads('accounts', 'leads', 'scores')
export class AccountsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id')
  @ApiOperation({ summary: 'The people of a company, what they are there, its score from theirs, and which roles that a purchase needs nobody has' })
  @Answers(Account)
  async one(@Param('id') id: string): Promise<Account> {
    const account = await this.queries.execute(new GetAccount(id));
    if (!account) throw new NotFoundException(`no account ${JSON.stringify(id)} is known; an account is known once an event has named it`);
    const score = await this.queries.execute(new ScoreAccount(account.people, NEEDED_ROLES));
    return { ...accountJson(account), ...(score && { score, missingRoles: score.missingRoles }), position: String(account.through) };
  }
}
