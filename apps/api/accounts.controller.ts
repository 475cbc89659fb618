import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { GetAccount } from '@leadlog/lead/lead.handlers';
import { accountJson } from './leads.dto';
import { Reads } from './after';

@ApiTags('accounts')
@Controller('v1/accounts')
@Reads('accounts', 'leads')
export class AccountsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id')
  @ApiOperation({ summary: 'The people of a company, what they are there, and which roles nobody has' })
  async one(@Param('id') id: string) {
    const account = await this.queries.execute(new GetAccount(id));
    if (!account) throw new NotFoundException(`no account ${JSON.stringify(id)} is known; an account is known once an event has named it`);
    return { ...accountJson(account), position: String(account.through) };
  }
}
