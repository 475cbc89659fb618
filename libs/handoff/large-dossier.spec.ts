import { readFileSync } from 'node:fs';
import { DocumentInForce } from '@leadlog/documents';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { alwaysAtWork } from '@leadlog/organisation';
import type { Dossier } from './dossier';
import { handoffReactions } from './handoff-reactions';
import { handoffsProjection, TO_HAND_OFF } from './handoffs.projection';
import { policyKind } from './policy/read-policy';

const timezone = 'Asia/Tokyo';
const NOW = Date.parse('2026-06-30T12:00:00+09:00');

describe('a lead who has said more than an event can hold', () => {
  const files = engineOnFiles(leadsProjection({ timezone }), accountsProjection, handoffsProjection);
  const { log, readModels } = files;
  const ofSettings = {
    ...policyKind.read(readFileSync('libs/handoff/policies/standard.yaml', 'utf8'), 'standard.yaml', 'standard'),
    id: 'standard',
  };
  const policy = new DocumentInForce(log, policyKind, () => ofSettings);
  const organisation = () => alwaysAtWork(ofSettings.content.reps, timezone);
  const leadId = 'talks-much';

  beforeAll(async () => {
    await files.start();
    const answers = Array.from({ length: 60 }, (_, n) => ({ question: `質問 ${n}`, answer: '答'.repeat(4_000) }));
    await log.appendMany([
      asAppend(recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: '青山' } }, { at: NOW - 90_000 })),
    ]);
    for (let n = 0; n < 3; n += 1)
      await log.appendMany([asAppend(recorded('SurveyAnswered', { leadId, surveyId: `survey-${n}`, answers }, { at: NOW - 80_000 + n }))]);
    for (let n = 0; n < 60; n += 1)
      await log.appendMany([
        asAppend(recorded('InquiryReceived', { leadId, kind: 'demo', text: `${n} ${'𠮷'.repeat(4_990)}` }, { at: NOW - 70_000 + n })),
      ]);
    await log.appendMany([asAppend(recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: NOW - 1_000 }))]);
    await readModels.reached(['leads', 'accounts', 'handoffs'], await log.head(), 300_000);
  });
  afterAll(() => files.end());

  it('is handed off with the newest of it, in texts that are cut', async () => {
    const view = await readModels.view('handoffs');
    const [due] = await view.list(TO_HAND_OFF);
    const [handOff] = handoffReactions({ pauseOf: () => undefined, log, readModels, policy, organisation, clock: () => NOW, timezone });
    const answer = await handOff!.react(leadId, due!.rank, view);
    expect(answer).not.toBe('again');

    const handedOff: unknown[] = [];
    for await (const page of log.readStream(`lead-${leadId}`))
      handedOff.push(...page.filter(({ type }) => type === 'LeadHandedOff').map(({ data }) => data));
    const { dossier } = handedOff[0] as { dossier: Dossier };
    expect(Buffer.byteLength(JSON.stringify(dossier))).toBeLessThanOrEqual(512 * 1_024);
    expect(dossier.surveys.map(({ surveyId }) => surveyId)).toEqual(['survey-2', 'survey-1', 'survey-0']);
    expect(dossier.inquiries[0]!.text).toMatch(/^59 𠮷+…$/u);
    expect(JSON.stringify(dossier)).not.toMatch(/\\ud8/);
    expect(dossier.nextAction).toEqual({ action: 'call back', reason: 'asked for: demo' });
  });
});
