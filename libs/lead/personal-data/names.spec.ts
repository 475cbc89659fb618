import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '@leadlog/lead';
import { GetNames, GetNamesHandler } from './names.handlers';

const engine = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }));
const captured = (leadId: string, name: string, day: number) =>
  recorded(
    'LeadCaptured',
    { leadId, channel: 'form', profile: { name, email: `${leadId}@leadlog.example` } },
    { at: `2026-06-0${day}T10:00:00+09:00` },
  );

beforeAll(async () => {
  await engine.start();
  await engine.tell(captured('here', '青山 晴香', 2), captured('twin', '青山', 1), captured('gone', '森 一郎', 1));
  await engine.tell(recorded('LeadsMerged', { leadId: 'twin', mergedId: 'twin', survivorId: 'here' }, { at: '2026-06-03T10:00:00+09:00' }));
  await engine.tell(recorded('PersonalDataErased', { leadId: 'gone' }, { at: '2026-06-04T10:00:00+09:00' }));
});
afterAll(() => engine.end());

it('names leads in the order asked for: a merged one as its survivor, one that was forgotten or never known not at all', async () => {
  await engine.folded();
  const asked = new GetNames(['gone', 'twin', 'nobody', 'here']);
  const survivor = { name: '青山 晴香', email: 'here@leadlog.example' };
  expect(await new GetNamesHandler(engine.readModels).execute(asked)).toEqual([{}, survivor, {}, survivor]);
});
