import { scoresFrom } from '../past-scores/archived-scores';
import type { CompiledModel } from '../model/compile';
import type { Histories } from '../past-scores/histories';
import { leadsToChooseFrom } from './eligible-leads';
import type { Cases } from './logistic-regression';
import type { Outcomes, PastOptions } from './past-months';

/** Number of folds of leads, each of which is left out of a fit once. */
export const FOLDS = 4;
/** Cases without the outcome that are looked at for each with it; the rest are stood for by these. */
const OTHERS_PER_OUTCOME = 50;
/** Numbers held of all cases together. */
const MOST_VALUES = 8_000_000;

/** What the rules of a model gave to eligible leads at past cut-offs, and whether the outcome followed. */
export interface PastCases {
  cases: Cases;
  /** Of which lead each row is, by a number. */
  leads: Uint32Array;
  /** The fold of each row: no lead is on both sides of one. */
  folds: Uint8Array;
  /** Different leads with the outcome. */
  outcomes: number;
  /** By rule: rows in which it gave anything, and of how many leads they are. */
  given: { cases: number; leads: number }[];
}

export async function casesOf(
  histories: Histories,
  model: CompiledModel,
  outcomes: Outcomes,
  cutoffs: readonly number[],
  { by, includeCustomers }: Pick<PastOptions, 'by' | 'includeCustomers'>,
  onProgress: (part: number) => void,
): Promise<PastCases> {
  const width = model.model.axes.reduce((sum, { rules }) => sum + rules.length, 0);
  const most = Math.floor(MOST_VALUES / Math.max(1, width) / 2);
  const withOutcome = new Sample(most);
  const others = new Sample(most);
  const different = new Set<string>();
  for (const [n, at] of cutoffs.entries()) {
    const history = await histories.asOf(at, by);
    const there = new Set((await leadsToChooseFrom(history, at, { includeCustomers })).leadIds);
    for (const { leadId, units } of await scoresFrom(history, model, { at, happened: true, units: true })) {
      if (!there.has(leadId)) continue;
      const happened = outcomes.after(leadId, at) !== undefined;
      if (happened) different.add(leadId);
      (happened ? withOutcome : others).add({ leadId, chance: hash(`${leadId} ${at}`), units: units! });
    }
    onProgress((n + 1) / cutoffs.length);
  }
  // Fifty others for each with the outcome tell as much as all of them.
  others.shrinkTo(Math.max(2_000, OTHERS_PER_OUTCOME * withOutcome.cases.length));
  const rows = [...withOutcome.cases, ...others.cases];
  const given = Array.from({ length: width }, (_, i) => {
    const having = rows.filter(({ units }) => units[i] !== 0);
    return { cases: having.length, leads: new Set(having.map(({ leadId }) => leadId)).size };
  });
  const numbers = new Map([...new Set(rows.map(({ leadId }) => leadId))].map((leadId, number) => [leadId, number]));
  const features = new Float64Array(rows.length * width);
  rows.forEach(({ units }, row) => features.set(units, row * width));
  return {
    cases: {
      width,
      features,
      outcomes: Uint8Array.from(rows, (_, row) => (row < withOutcome.cases.length ? 1 : 0)),
      weights: Float64Array.from(rows, (_, row) => (row < withOutcome.cases.length ? withOutcome.step : others.step)),
    },
    leads: Uint32Array.from(rows, ({ leadId }) => numbers.get(leadId)!),
    folds: Uint8Array.from(rows, ({ leadId }) => hash(leadId) % FOLDS),
    outcomes: different.size,
    given,
  };
}

interface Case {
  leadId: string;
  /** Of lead and cut-off. */
  chance: number;
  units: number[];
}

/** Cases chosen by their chance alone, so that the order in which they come decides nothing; each stands for `step` of them. */
class Sample {
  cases: Case[] = [];
  step = 1;

  constructor(private readonly most: number) {}

  add(one: Case): void {
    if (one.chance % this.step !== 0) return;
    this.cases.push(one);
    this.shrinkTo(this.most);
  }

  shrinkTo(most: number): void {
    while (this.cases.length > most) {
      this.step *= 2;
      this.cases = this.cases.filter(({ chance }) => chance % this.step === 0);
    }
  }
}

/** FNV-1a: the same on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
