import { BadRequestException, Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { InvalidCursor } from '@leadlog/lead';
import { GetLead, GetTimeline, ListLeads } from '@leadlog/lead/lead.handlers';
import { leadJson, leadSummaryJson } from './leads.dto';

/** What is known of leads. Their scores are the scoring capability's to tell. */
@ApiTags('leads')
@Controller('v1/leads')
export class LeadsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: 'Leads, the last act of the customer first' })
  @ApiQuery({ name: 'q', required: false, description: 'words in name, e-mail, company, department or title' })
  @ApiQuery({ name: 'sort', required: false, enum: ['recent', 'captured'] })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 200 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  async list(@Query('q') q?: string, @Query('sort') sort?: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string) {
    const query = { q, sort: oneOf('sort', ['recent', 'captured'] as const, sort), limit: wholeNumber('limit', limit, 200), cursor };
    const page = await refusingCursors(this.queries.execute(new ListLeads(query)));
    return { items: page.items.map(leadSummaryJson), cursor: page.cursor, position: String(page.through) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Profile, identities, account, consent and deals; a merged lead answers as its survivor' })
  async one(@Param('id') id: string) {
    const lead = await this.queries.execute(new GetLead(id));
    if (!lead) throw unknownLead(id);
    return { ...leadJson(lead), position: String(lead.through) };
  }

  @Get(':id/timeline')
  @ApiOperation({ summary: 'What the customer did and what we did, newest first' })
  @ApiQuery({ name: 'lane', required: false, enum: ['customer', 'seller'], description: 'only one of the two lanes' })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 500 (100)' })
  @ApiQuery({ name: 'cursor', required: false })
  async timeline(@Param('id') id: string, @Query('lane') lane?: string, @Query('limit') limit?: string, @Query('cursor') cursor?: string) {
    const query = { lane: oneOf('lane', ['customer', 'seller'] as const, lane), limit: wholeNumber('limit', limit, 500), cursor };
    const page = await refusingCursors(this.queries.execute(new GetTimeline(id, query)));
    if (!page) throw unknownLead(id);
    return { leadId: page.leadId, items: page.entries, cursor: page.cursor, position: String(page.through) };
  }
}

const unknownLead = (id: string) => new NotFoundException(`no lead ${JSON.stringify(id)} is known; a lead is known once an event about it has been recorded`);

async function refusingCursors<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof InvalidCursor ? new BadRequestException(error.message) : error;
  }
}

function wholeNumber(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > most) throw new BadRequestException(`${name}: expected a whole number from 1 to ${most}, got ${JSON.stringify(text)}`);
  return number;
}

function oneOf<Choice extends string>(name: string, choices: readonly Choice[], text: string | undefined): Choice | undefined {
  if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined;
  throw new BadRequestException(`${name}: expected one of ${choices.join(', ')}, got ${JSON.stringify(text)}`);
}
