import type { Words } from '@leadlog/lead';
import { neverHappened, type Moments } from '../process/moments';
import type { SalesProcess, Stage } from '../process/process';
import type { Work } from './works';

export interface StageNow {
  /** Undefined while none has begun, or if an SFA names one that the process does not have. */
  stage?: Stage;
  /** ms. */
  since?: number;
  /** What an SFA said last. */
  told?: { stage: string; at: number };
  /** Where that is not what the facts say. */
  difference?: Words;
}

/**
 * The last stage of the process whose entry has happened. What an SFA says overrides it, until something happens after it that puts the deal
 * into a later stage.
 */
export function stageOf({ steps }: Pick<Work, 'steps'>, moments: Moments, { stages }: SalesProcess): StageNow {
  const entered = stages.map(({ entry }) => Math.min(...entry.map((moment) => moments[moment]?.first ?? Infinity)));
  const last = entered.findLastIndex((at) => at < Infinity);
  const derived = last < 0 ? {} : { stage: stages[last], since: entered[last] };
  const told = steps?.told && { stage: steps.told.stage, at: steps.told.at };
  if (!told) return derived;
  const place = stages.findIndex((stage) => isCalled(stage, told.stage));
  if (place < 0)
    return {
      ...derived,
      told,
      difference: {
        ja: `SFAは「${told.stage}」だが、営業プロセスにその段階はない`,
        en: `SFA says ${told.stage}, which is no stage of the process`,
      },
    };
  if (place === last) return { ...derived, told };
  const stage = stages[place]!;
  if (place < last && entered[last]! > told.at) return { ...derived, told, difference: movedOn(stage, stages[last]!) };
  const difference = place < last ? fellBack(stage, stages[last]!) : ahead(stage, moments);
  return { stage, since: told.at, told, difference };
}

const isCalled = ({ id, name }: Stage, text: string): boolean => [id, name.ja, name.en].some((one) => plain(one) === plain(text));
const plain = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

/** SFA says proposal, no quote was ever sent. */
function ahead({ name, entry }: Stage, moments: Moments): Words {
  const missing = neverHappened(entry.find((moment) => !moments[moment])!);
  return { ja: `SFAは「${name.ja}」だが、${missing.ja}`, en: `SFA says ${name.en}, ${missing.en}` };
}

const movedOn = (told: Stage, now: Stage): Words => ({
  ja: `SFAは「${told.name.ja}」のまま、その後「${now.name.ja}」に進んでいる`,
  en: `SFA still says ${told.name.en}, it has since moved on to ${now.name.en}`,
});

const fellBack = (told: Stage, recorded: Stage): Words => ({
  ja: `SFAは「${told.name.ja}」だが、記録では「${recorded.name.ja}」まで進んでいた`,
  en: `SFA says ${told.name.en}, but it had come as far as ${recorded.name.en}`,
});
