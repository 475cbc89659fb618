import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { apiOnFiles } from '../../../test/support/owned-api.testing';

const engine = engineOnFiles();
let api: Awaited<ReturnType<typeof apiOnFiles>>;
beforeAll(async () => (api = await apiOnFiles(engine)));
afterAll(async () => {
  await api.close();
  await engine.end();
});

it.each([
  ['answer-rate-by-hour', 'weekday=1', '/weekday'],
  ['answer-rate-by-hour', 'hour=0', '/hour'],
  ['answer-rate-by-hour', 'weekday=1&hour=9&currency=JPY', '/currency'],
  ['calls', 'weekday=1&hour=9', '/weekday'],
  ['calls', 'currency=JPY', '/currency'],
])('what %s counts is not opened by half a row, or by what it has not: %s', async (kpi, query, pointer) => {
  const { statusCode, body } = await api.app.inject(`/v1/kpis/${kpi}/facts?${query}`);
  expect([statusCode, JSON.parse(body)]).toEqual([400, expect.objectContaining({ errors: [expect.objectContaining({ pointer })] })]);
});
