import type { LeadlogEvent, Tier } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { lineageOf } from '../published/lineage';
import { knownAs, lastModel, type LiveModel } from '../published/live-model';
import { readDocument } from '../model/model-text';
import { ModelHistory, publish, rollback, type ModelDecision } from '../published/stored-model';
import { foldLead, owedChange, toldTier } from './rolled-back';
import { initialScore, type ScoreState } from './score-state';
import { compiledOf, scoresProjection } from './scores.projection';
import { tierOf } from './tiers';

const document = (hot: number) =>
  readDocument(
    `{ model: test, axes: { e: { rules: [ { id: demo, on: InquiryReceived, points: 70 }, { id: gone, on: EmailUnsubscribed, points: -15 } ] } }, tiers: { hot: { enter: { e: ${hot} }, leave: { e: 40 } } } }`,
    'test',
  );
const [strict, easy, never] = [document(60), document(50), document(1_000)];
const HOUR = 3_600_000;
const START = Date.parse('2026-06-01T00:00:00Z');

/** A model and a lead of it, told step by step; an hour and ten positions lie between two steps. */
class Told {
  readonly history = new ModelHistory('test');
  readonly events: LeadlogEvent[] = [];
  private step = 0;

  private record(type: Parameters<typeof recorded>[0], data: object): LeadlogEvent {
    this.step += 1;
    return recorded(type, data as never, { position: BigInt(10 * this.step), at: START + HOUR * this.step }) as LeadlogEvent;
  }
  private decided(decision: ModelDecision): this {
    if (!('facts' in decision)) throw new Error(JSON.stringify(decision));
    for (const { type, data } of decision.facts) this.history.add(this.record(type, data));
    return this;
  }
  publish = (what: typeof strict, mode: 'retroactive' | 'prospective' = 'retroactive') =>
    this.decided(publish(this.history, { what, mode, handoffs: 'silent' }));
  rollback = () => this.decided(rollback(this.history, { handoffs: 'silent' }));
  fact(type: 'InquiryReceived' | 'EmailUnsubscribed'): this {
    this.events.push(this.record(type, { leadId: 'l' }));
    return this;
  }
  /** By what is live. */
  tier(to: Tier): this {
    this.events.push(this.record('LeadTierChanged', { leadId: 'l', modelId: 'test', version: knownAs(lastModel(this.history)), to }));
    return this;
  }
  state(model: LiveModel = lastModel(this.history)): ScoreState {
    return this.events.reduce((state, event) => foldLead(compiledOf(model), state, event), initialScore());
  }
  /** What counts, what the lead was told, and what is decided an hour later. */
  now(): { counts: Tier; told: Tier; decides?: string } {
    const state = this.state();
    const change = owedChange(compiledOf(lastModel(this.history)), state, START + HOUR * (this.step + 1));
    return { counts: tierOf(state), told: toldTier(state), ...(change && { decides: `${change.from} ${change.to}` }) };
  }
}

describe('a rollback', () => {
  it.each<[string, (told: Told) => Told, number[]]>([
    ['one publication', (told) => told.publish(strict), [0]],
    ['one that is rolled back', (told) => told.publish(strict).publish(easy).rollback(), [0, 2]],
    ['two that are rolled back', (told) => told.publish(strict).publish(easy).publish(never).rollback().rollback(), [0, 4]],
    ['one on a rollback', (told) => told.publish(strict).publish(easy).rollback().publish(never), [0, 2, 3]],
    ['one on a rollback that is rolled back', (told) => told.publish(strict).publish(easy).rollback().publish(never).rollback(), [0, 2, 4]],
    [
      'one that says again what was before, both rolled back',
      (told) => told.publish(strict).publish(easy).publish(strict).rollback().rollback(),
      [0, 4],
    ],
  ])('goes back behind what it takes off: %s', (_, tell, lineage) => {
    expect(lineageOf(tell(new Told()).history.state)).toEqual(lineage);
  });

  it.each<['retroactive' | 'prospective']>([['retroactive'], ['prospective']])(
    'takes back that a lead at 55 is hot by a %s publication alone',
    (mode) => {
      const told = new Told()
        .publish(strict)
        .fact('InquiryReceived')
        .tier('hot')
        .fact('EmailUnsubscribed')
        .fact('EmailUnsubscribed')
        .tier('cold')
        .publish(easy, mode)
        .fact('InquiryReceived')
        .fact('EmailUnsubscribed')
        .fact('EmailUnsubscribed')
        .fact('EmailUnsubscribed')
        .fact('EmailUnsubscribed')
        .tier('hot')
        .rollback();
      expect(told.now()).toMatchObject({ told: 'hot' });
    },
  );

  it('takes back that a lead is hot by what was published alone: it is cold at once, and told so', () => {
    const told = new Told().publish(strict).fact('EmailUnsubscribed').publish(easy).fact('InquiryReceived').tier('hot');
    expect(told.now()).toEqual({ counts: 'hot', told: 'hot' });
    expect(told.rollback().now()).toEqual({ counts: 'cold', told: 'hot', decides: 'hot cold' });
    expect(told.tier('cold').now()).toEqual({ counts: 'cold', told: 'cold' });
    // The next page view, or any other fact, changes nothing about it.
    expect(told.fact('EmailUnsubscribed').now()).toEqual({ counts: 'cold', told: 'cold' });
  });

  it('keeps hot what was hot before, also where it was told otherwise meanwhile', () => {
    const told = new Told()
      .publish(strict)
      .fact('InquiryReceived')
      .tier('hot')
      .fact('EmailUnsubscribed')
      .publish(never)
      .tier('cold')
      .rollback();
    expect(told.now()).toEqual({ counts: 'hot', told: 'cold', decides: 'cold hot' });
  });

  it('decides as what counts again would have decided meanwhile, lead by lead and fact by fact', () => {
    // Hot by itself at 70, and at 55 still above what leaves; of the publication nobody heard.
    const unheard = new Told().publish(strict).publish(never).fact('InquiryReceived').fact('EmailUnsubscribed').rollback();
    expect(unheard.now()).toEqual({ counts: 'hot', told: 'cold', decides: 'cold hot' });
    // Hot under both: nothing is to be told.
    const both = new Told().publish(strict).publish(easy).fact('InquiryReceived').tier('hot').fact('EmailUnsubscribed').rollback();
    expect(both.now()).toEqual({ counts: 'hot', told: 'hot' });
  });

  it('of two steps takes back what either decided, and what was decided in between', () => {
    const told = new Told()
      .publish(strict)
      .fact('EmailUnsubscribed')
      .publish(easy)
      .fact('InquiryReceived')
      .tier('hot')
      .publish(never)
      .tier('cold')
      .rollback()
      .tier('hot');
    expect(told.now()).toEqual({ counts: 'hot', told: 'hot' });
    expect(told.rollback().now()).toEqual({ counts: 'cold', told: 'hot', decides: 'hot cold' });
  });

  it('also takes back a decision that was recorded just after it', () => {
    const told = new Told().publish(strict).publish(easy).fact('EmailUnsubscribed').fact('InquiryReceived');
    const late = told.tier('hot').events.pop()!;
    told.rollback();
    told.events.push({ ...late, position: 10_000n } as LeadlogEvent);
    expect(told.now()).toMatchObject({ counts: 'cold', told: 'hot' });
  });

  it('asks for the documents that were folded before, unless those hold decisions of its own version that were rolled back', () => {
    const versionOf = (told: Told) => scoresProjection(lastModel(told.history)).version;
    const first = new Told().publish(strict);
    expect(versionOf(new Told().publish(strict).publish(easy).rollback())).toBe(versionOf(first));
    expect(versionOf(new Told().publish(strict).publish(easy).publish(strict).rollback().rollback())).not.toBe(versionOf(first));
    expect(versionOf(new Told().publish(strict).publish(easy).rollback().publish(easy))).not.toBe(
      versionOf(new Told().publish(strict).publish(easy)),
    );
  });
});
