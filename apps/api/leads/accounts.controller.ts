import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { NEEDED_ROLES } from '@leadlog/lead';
import { GetAccount } from '@leadlog/lead/lead.handlers';
import { GetScores, ScoreAccount } from '@leadlog/scoring/scoring.handlers';
import { Reads } from '../wait-for-position';
import { limitOf } from '../query-parameters';
import { notKnown } from '../problem-details';
import { Answers } from '../answer-schemas';
import { accountJson } from './leads.dto';
import { Account } from './leads.answers';

@ApiTags('accounts')
@Controller('v1/accounts')
@Reads('accounts', 'leads', 'scores')
export class AccountsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id')
  @ApiOperation({
    summary: 'The people of an account, their roles, the score of the account, and the roles for a purchase that nobody has',
  })
  @Answers(Account)
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: 'people, 1 to 500 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  async one(@Param('id') id: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<Account> {
    const account = await this.queries.execute(new GetAccount(id, { limit: limitOf(limit), cursor }));
    if (!account) throw notKnown('/id', 'an account that an event has named', id);
    const [score, scores] = await Promise.all([
      this.queries.execute(new ScoreAccount(id, account.roles, NEEDED_ROLES)),
      this.queries.execute(new GetScores(account.people.map(({ leadId }) => leadId))),
    ]);
    return {
      ...accountJson(account, scores),
      ...(score && { score, missingRoles: score.missingRoles }),
      position: String(account.through),
    };
  }
}
