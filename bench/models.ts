import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveReader, ModelHistories } from '@leadlog/archive';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { backtest, compile, parseModel, preview } from '@leadlog/scoring';
import { onArchive, EVENTS, LEADS, LIMITS, TIMEZONE, type History } from './archive';
import { rebuildBare } from './rebuild/rebuild';
import { round, type Bench } from './result';

const WORKLOAD = `${EVENTS} events of ${LEADS} leads over a year in the archive`;
const text = readFileSync(join(__dirname, '../../libs/scoring/models/engagement.yaml'), 'utf8');
/** What marketing ops change on an ordinary day: some points, a half-life, a threshold. */
export const CHANGED_MODEL = text
  .replace(
    'id: whitepaper, on: ContentDownloaded, where: { data.kind: whitepaper }, points: 20, halfLife: 30d',
    'id: whitepaper, on: ContentDownloaded, where: { data.kind: whitepaper }, points: 30, halfLife: 14d',
  )
  .replace('warm: { enter: { engagement: 25 }', 'warm: { enter: { engagement: 30 }');
const live = compile(parseModel(text));
const draft = compile(parseModel(CHANGED_MODEL));
export const LIVE_MODEL_ID = live.id;

/** Of a change to the live model: who changes tier at the switch. */
export const runPreview: Bench = () =>
  onArchive(async (history) => {
    const at = Date.UTC(2026, 9, 31);
    let moves = 0;
    const ms = await medianOf(3, history, async (histories) => {
      const { named, leads } = await preview(histories, { live, draft, at, named: LEADS });
      if (leads < LEADS / 2) throw new Error(`expected most of ${LEADS} leads, got ${leads}`);
      moves = named.length;
    });
    const bare = rebuildBare(history.folder);
    return {
      name: 'preview',
      workload: `${WORKLOAD}: the leads that change tier (${moves}) if a change to some points, a half-life and a threshold is published, with their scores before and after; the median of three, each opening the archive anew; the bare loop scores all leads under one model`,
      figures: { seconds: round(ms / 1_000) },
      baseline: { seconds: round(bare.ms / 1_000) },
      ratio: round(bare.ms / ms),
    };
  });

/** Over all months of the year, the live version and a draft side by side. */
export const runBacktest: Bench = () =>
  onArchive(async (history) => {
    let cutoffs = 0;
    const ms = await medianOf(1, history, async (histories) => {
      const { versions } = await backtest(histories, {
        versions: [
          { name: 'live', model: live },
          { name: 'draft', model: draft },
        ],
        outcome: 'deal',
        horizonDays: 30,
        by: 'occurred',
        timezone: TIMEZONE,
      });
      cutoffs = versions[0]!.cutoffs.length;
    });
    const bare = rebuildBare(history.folder);
    return {
      name: 'backtest',
      workload: `${WORKLOAD}: two versions at ${cutoffs} cut-offs against the deals of the 30 days after each; the bare loop scores all leads once`,
      figures: { seconds: round(ms / 1_000) },
      baseline: { 'seconds for one score of all': round(bare.ms / 1_000) },
      ratio: round((bare.ms * 2 * cutoffs) / ms),
    };
  });

async function medianOf(times: number, { files, folder }: History, work: (histories: ModelHistories) => Promise<void>): Promise<number> {
  const log = SqliteEventLog.open({ file: join(folder, 'event-log.db') });
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    const reader = await ArchiveReader.open({ files, log, timezone: TIMEZONE, limits: LIMITS });
    await work(new ModelHistories(reader, TIMEZONE));
    took.push(performance.now() - began);
    reader.close();
  }
  await log.close();
  return took.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}
