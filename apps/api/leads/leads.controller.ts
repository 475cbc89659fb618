import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { LANES, TIERS, type Tier } from '@leadlog/events';
import { GetDisqualified, GetLeadsOf, GetLives } from '@leadlog/handoff/handoff.handlers';
import { SHAREABLE } from '@leadlog/lead';
import { bothOf, GetLead, GetLeadSummaries, GetTimeline, ListDuplicates, ListLeads, SearchLeads } from '@leadlog/lead/lead.handlers';
import type { LeadScore, TierQuery } from '@leadlog/scoring';
import { GetScores, ListByTier } from '@leadlog/scoring/scoring.handlers';
import { Reads } from '../wait-for-position';
import { limitOf, oneOf, wrong } from '../query-parameters';
import { unknownLead } from '../problem-details';
import { Answers } from '../answer-schemas';
import { duplicateJson, leadJson, leadSummaryJson, scoreJson } from './leads.dto';
import { Duplicates, Lead, LeadPage, Timeline } from './leads.answers';

/** What is known of leads, with their scores. */
@ApiTags('leads')
@Controller('v1/leads')
@Reads('leads', 'scores')
export class LeadsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Reads('leads', 'scores', 'handoffs')
  @ApiOperation({ summary: 'List leads with their current scores, by the last act of the customer, or by tier and score' })
  @ApiQuery({
    name: 'tier',
    required: false,
    enum: TIERS,
    description: 'only this tier, the highest score first, without leads that were given up',
  })
  @ApiQuery({ name: 'q', required: false, description: 'words in name, e-mail, company, department or title' })
  @ApiQuery({ name: 'rep', required: false, description: 'only leads that are with this representative' })
  @ApiQuery({ name: 'sort', required: false, enum: ['recent', 'captured', 'score'] })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 200 (50)' })
  @ApiQuery({ name: 'cursor', required: false })
  @ApiQuery({ name: 'model', required: false, description: 'whose tiers and scores; the main model by default' })
  @Answers(LeadPage)
  async list(
    @Query('tier') tier?: string,
    @Query('q') q?: string,
    @Query('sort') sort?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
    @Query('model') model?: string,
    @Query('rep') rep?: string,
  ): Promise<LeadPage> {
    const order = oneOf('sort', sort, ['recent', 'captured', 'score'] as const);
    const wanted = oneOf('tier', tier, TIERS);
    const most = limitOf(limit, 50, 200);
    if (wanted !== undefined || order === 'score') {
      if (cursor !== undefined) throw wrong('cursor', 'none with tier or sort=score: such a list is the top as of now', cursor);
      if (order !== undefined && order !== 'score') throw wrong('sort', 'score, or none, with tier', order);
      return this.byScore(wanted, most, model, q, rep);
    }
    const among = rep === undefined ? undefined : await this.queries.execute(new GetLeadsOf(rep));
    const page = await this.queries.execute(new ListLeads({ q, among, sort: order, limit: most, cursor }));
    const leadIds = page.items.map(({ leadId }) => leadId);
    const [scores, lives] = await Promise.all([
      this.queries.execute(new GetScores(leadIds, model)),
      this.queries.execute(new GetLives(leadIds)),
    ]);
    return {
      items: page.items.map((lead, index) => ({ ...leadSummaryJson(lead), ...lives[index]!, ...scoreJson(scores[index]) })),
      nextCursor: page.cursor,
      leadsInAll: page.leadsInAll,
      position: String(page.through),
    };
  }

  /** Scores move by themselves, so such a list has no cursor: it is the top as of now. */
  private async byScore(
    tier: Tier | undefined,
    limit: number,
    modelId: string | undefined,
    q: string | undefined,
    rep: string | undefined,
  ): Promise<LeadPage> {
    const [found, theirs] = await Promise.all([
      q === undefined ? undefined : this.queries.execute(new SearchLeads(q)),
      rep === undefined ? undefined : this.queries.execute(new GetLeadsOf(rep)),
    ]);
    const among = bothOf(found, theirs);
    const scores = await this.notGivenUp({ tier, limit, modelId, among });
    const leadIds = scores.map(({ leadId }) => leadId);
    const [{ items: leads, through }, lives] = await Promise.all([
      this.queries.execute(new GetLeadSummaries(leadIds)),
      this.queries.execute(new GetLives(leadIds)),
    ]);
    const items = scores.map((score, index) => {
      const lead = leads[index];
      return { ...(lead ? leadSummaryJson(lead) : { leadId: score.leadId }), ...lives[index]!, ...scoreJson(score) };
    });
    return { items, position: String(through) };
  }

  /** The first so many that are there to be worked on: asked for more where some were given up. */
  private async notGivenUp(query: TierQuery & { modelId?: string }): Promise<LeadScore[]> {
    for (let limit = query.limit; ; limit *= 4) {
      const scores = await this.queries.execute(new ListByTier({ ...query, limit }));
      const givenUp = await this.queries.execute(new GetDisqualified(scores.map(({ leadId }) => leadId)));
      const left = scores.filter(({ leadId }) => !givenUp.has(leadId));
      if (left.length >= query.limit || scores.length < limit) return left.slice(0, query.limit);
    }
  }

  @Get('duplicates')
  @Reads('shared-identities', 'leads')
  @ApiOperation({
    summary:
      'List identities that several leads have given, latest first, until each pair of leads is merged or kept apart, or the identity is kept apart',
  })
  @ApiQuery({ name: 'lead', required: false, description: 'only what this lead shares with others' })
  @ApiQuery({ name: 'kind', required: false, enum: SHAREABLE })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 200 (50); a page may have fewer and still a nextCursor' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Duplicates)
  async duplicates(
    @Query('lead') leadId?: string,
    @Query('kind') kind?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Duplicates> {
    const query = { leadId, kind: oneOf('kind', kind, SHAREABLE), limit: limitOf(limit, 50, 200), cursor };
    const page = await this.queries.execute(new ListDuplicates(query));
    return { items: page.items.map(duplicateJson), nextCursor: page.cursor, position: String(page.through) };
  }

  @Get(':id')
  @Reads('leads', 'scores', 'handoffs')
  @ApiOperation({ summary: 'Profile, identities, account, scores, tier and deals; a merged lead answers as its survivor' })
  @Answers(Lead)
  async one(@Param('id') id: string): Promise<Lead> {
    const lead = await this.queries.execute(new GetLead(id));
    if (!lead) throw unknownLead(id);
    const [[score], [life]] = await Promise.all([
      this.queries.execute(new GetScores([lead.leadId])),
      this.queries.execute(new GetLives([lead.leadId])),
    ]);
    return { ...leadJson(lead), ...life!, ...scoreJson(score), position: String(lead.through) };
  }

  @Get(':id/timeline')
  @ApiOperation({ summary: 'List what the customer did, what we did and what the engine decided, newest first' })
  @ApiQuery({ name: 'lane', required: false, enum: LANES, description: 'only this lane' })
  @ApiQuery({ name: 'limit', required: false, type: 'integer', description: '1 to 500 (100)' })
  @ApiQuery({ name: 'cursor', required: false })
  @Answers(Timeline)
  async timeline(
    @Param('id') id: string,
    @Query('lane') lane?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Timeline> {
    const query = { lane: oneOf('lane', lane, LANES), limit: limitOf(limit, 100, 500), cursor };
    const page = await this.queries.execute(new GetTimeline(id, query));
    if (!page) throw unknownLead(id);
    return { leadId: page.leadId, items: page.entries, nextCursor: page.cursor, position: String(page.through) };
  }
}
