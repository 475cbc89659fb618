import type { LeadlogEvent } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { inZoneOf, knownAs } from '../published/live-model';
import { versionOf, type ScoringModel } from '../model/model';
import { parseModel } from '../model/parse-model';
import { scoreSql } from '../past-scores/score-sql';
import { foldScore, initialScore } from './score-state';
import { compiledOf, scoresProjection } from './scores.projection';
import { scoreAt } from './tiers';

const modelOf = (more: string, per = '1d'): ScoringModel =>
  parseModel(
    `model: m\n${more}axes: { e: { rules: [{ id: page, on: WebPageViewed, points: 10, cap: { times: 1, per: ${per} } }] } }\ntiers: {}`,
  );

/** One evening in Sao Paulo; in Tokyo the morning and the night of one day, then the next. */
const TIMES = ['2026-06-03T22:00:00Z', '2026-06-04T01:00:00Z', '2026-06-04T14:00:00Z'];
const pages = TIMES.map(
  (time) =>
    recorded(
      'WebPageViewed',
      { leadId: 'l', url: 'https://www.leadlog.example/', category: 'price' },
      { at: Date.parse(time) },
    ) as LeadlogEvent,
);

function scoreIn(tenant: string, model: ScoringModel): number {
  const compiled = compiledOf(inZoneOf(model, tenant));
  return scoreAt(
    compiled,
    pages.reduce((state, page) => foldScore(compiled, state, page), initialScore()),
    Date.parse('2026-06-05T00:00:00Z'),
  )['e']!;
}

describe('the days of caps', () => {
  it('are those of the tenant, unless the model names a time zone', () => {
    expect(['Asia/Tokyo', 'America/Sao_Paulo', 'UTC'].map((tenant) => scoreIn(tenant, modelOf('')))).toEqual([10, 20, 20]);
    expect(['Asia/Tokyo', 'America/Sao_Paulo', 'UTC'].map((tenant) => scoreIn(tenant, modelOf('timezone: Asia/Tokyo\n')))).toEqual([
      10, 10, 10,
    ]);
  });

  it('of the tenant stand in the SQL of the model too', () => {
    const sqlOf = (tenant: string, archived: string) =>
      scoreSql(compiledOf(inZoneOf(modelOf(''), tenant)), { columns: { columnOf: () => undefined, timezone: archived }, at: 0 });
    expect(sqlOf('America/Sao_Paulo', 'America/Sao_Paulo')).toContain('PARTITION BY lead, day ');
    expect(sqlOf('America/Sao_Paulo', 'Asia/Tokyo')).toContain(`AT TIME ZONE 'America/Sao_Paulo'`);
  });

  it('change with the setting: the scores are built anew, under the version that they had', () => {
    const [tokyo, london] = ['Asia/Tokyo', 'Europe/London'].map((tenant) => inZoneOf(modelOf(''), tenant)) as [ScoringModel, ScoringModel];
    expect(scoresProjection(tokyo).version).not.toBe(scoresProjection(london).version);
    expect([knownAs(tokyo), knownAs(london)]).toEqual([versionOf(modelOf('')), versionOf(modelOf(''))]);
  });

  it.each([
    ['names its own', modelOf('timezone: Asia/Tokyo\n')],
    ['has windows of hours only', modelOf('', '6h')],
  ])('do not matter to a model that %s', (_, model) => {
    expect(scoresProjection(inZoneOf(model, 'Asia/Tokyo')).version).toBe(scoresProjection(inZoneOf(model, 'Europe/London')).version);
  });
});
