import { decode } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { readDocument } from '../model/model-text';
import { compiledOf } from '../scores/scores.projection';
import { fromNowOn, knownAs, liveModel, modelOfVersion, refusedSize } from './live-model';
import { draft, ModelHistory, publish, retire, rollback, type ModelDecision, type Publish } from './stored-model';

const modelId = 'test';
const document = (points: number, comment = '') =>
  readDocument(
    `${comment}\nmodel: test\naxes: { engagement: { rules: [ { id: page, on: WebPageViewed, points: ${points} } ] } }\ntiers: { warm: { enter: { engagement: 5 } } }`,
    'test.yaml',
  );
const [one, two, three] = [document(1), document(2), document(3)];

let position = 0n;
/** The model after these events, as the log has them: each decision with all its facts. */
function given(...decisions: ((history: ModelHistory) => ModelDecision)[]): ModelHistory {
  const history = new ModelHistory(modelId);
  for (const decide of decisions) {
    const decision = decide(history);
    if (!('facts' in decision)) throw new Error(`expected facts, got ${JSON.stringify(decision)}`);
    for (const { type, data } of decision.facts) history.add(decode(recorded(type, data, { position: (position += 10n) })));
  }
  return history;
}
const drafting = (what: typeof one) => (history: ModelHistory) => draft(history, what);
const publishing =
  (what: Publish['what'], more: Partial<Publish> = {}) =>
  (history: ModelHistory) =>
    publish(history, { what, mode: 'retroactive', handoffs: 'silent', ...more });
const rollingBack = (from?: string) => (history: ModelHistory) => rollback(history, { from, handoffs: 'silent' });
const retiring =
  (main = 'main') =>
  (history: ModelHistory) =>
    retire(history, main);
const types = (decision: ModelDecision) => ('facts' in decision ? decision.facts.map(({ type }) => type) : decision);
const live = (history: ModelHistory) => {
  const model = liveModel(history);
  return model && knownAs(model);
};

describe('the life of a scoring model', () => {
  it('drafts a version once, and again where the same meaning is written otherwise', () => {
    expect(types(draft(given(), one))).toEqual(['ScoringModelDrafted']);
    const drafted = given(drafting(one));
    expect(draft(drafted, one)).toEqual({ done: drafted.state.versions[0]!.position, version: one.version });
    const commented = document(1, '# the same, but with a reason');
    expect(commented.version).toBe(one.version);
    const again = given(drafting(one), drafting(commented));
    expect(again.state.versions).toHaveLength(1);
    expect(again.document(one.version)!.text).toBe(commented.text);
  });

  it('publishes a draft, or a document that it drafts at the same time, and nothing else', () => {
    expect(types(publish(given(drafting(one)), { what: { version: one.version }, mode: 'retroactive', handoffs: 'all' }))).toEqual([
      'ScoringModelPublished',
    ]);
    expect(types(publishing(two)(given(drafting(one))))).toEqual(['ScoringModelDrafted', 'ScoringModelPublished']);
    expect(publishing({ version: 'none' })(given(drafting(one)))).toEqual({
      refused: { reason: 'unknown-version', expected: `a drafted version: ${one.version}`, got: 'none' },
    });
    expect(live(given(drafting(one)))).toBeUndefined();
    expect(live(given(publishing(one)))).toBe(one.version);
  });

  it('does nothing where the version is live already, in whichever mode', () => {
    const history = given(publishing(one));
    const done = { done: history.state.published[0]!.position, version: one.version };
    expect(publishing(one)(history)).toEqual(done);
    expect(publishing({ version: one.version }, { mode: 'prospective' })(history)).toEqual(done);
  });

  it('takes what was live before anything was published as the first publication', () => {
    expect(types(publishing(two, { insteadOf: one })(given()))).toEqual([
      'ScoringModelDrafted',
      'ScoringModelDrafted',
      'ScoringModelPublished',
      'ScoringModelPublished',
    ]);
    const history = given(publishing(two, { insteadOf: one }));
    expect(live(history)).toBe(two.version);
    expect(live(given(publishing(two, { insteadOf: one }), rollingBack()))).toBe(one.version);
    expect(given(publishing(one, { insteadOf: one })).state.published).toHaveLength(1);
    expect(given(publishing(two, { insteadOf: one }), publishing(three, { insteadOf: one })).state.published).toHaveLength(3);
  });

  it('is known by version and position where it was published for future events only, and may still be published for all', () => {
    const history = given(publishing(one), publishing(two, { mode: 'prospective' }));
    const { position: at } = history.state.published[1]!;
    expect(live(history)).toBe(`${two.version}@${at}`);
    expect(liveModel(history)!.axes[0]!.rules).toMatchObject([
      { id: 'page', points: 2, recorded: { after: at } },
      { id: `page@${at}`, points: 1, recorded: { through: at } },
    ]);
    expect(publishing({ version: two.version }, { mode: 'prospective' })(history)).toMatchObject({ done: at });
    expect(types(publishing({ version: two.version })(history))).toEqual(['ScoringModelPublished']);
    expect(modelOfVersion(history, `${two.version}@${at}`)).toEqual(liveModel(history));
    expect(modelOfVersion(history, two.version)).toEqual(two.model);
    expect(modelOfVersion(history, 'none')).toBeUndefined();
  });

  it('decides under the name by which it is known, although another of the same meaning was compiled before', () => {
    const [plain, published] = [one.model, { ...one.model, knownAs: 'as an earlier program read it' }];
    expect([plain, published, plain].map((model) => compiledOf(model).version)).toEqual([
      one.version,
      'as an earlier program read it',
      one.version,
    ]);
    expect(compiledOf({ ...published })).toBe(compiledOf(published));
  });

  it('holds no text that could not be kept, not even one that an escape names', () => {
    const escaped = (text: string) => () =>
      readDocument(
        `model: test\naxes: { engagement: { rules: [ { id: page, on: WebPageViewed, where: { metadata.source: "${text}" }, points: 1 } ] } }\ntiers: {}`,
        'test.yaml',
      );
    for (const text of ['\\uD800', 'a\\uDFFF'])
      expect(escaped(text)).toThrow(
        /test\.yaml:1:1: \/axes\/engagement\/rules\/0\/where\/metadata\.source: expected text without lone surrogates/,
      );
  });

  it('is too large where what goes on counting what came before does not fit beside it', () => {
    const large = (points: number) =>
      readDocument(
        `model: test\naxes: { engagement: { rules: [${Array.from({ length: 300 }, (_, n) => `{ id: r${n}, on: WebPageViewed, where: { data.url: "https://u.example/${n}" }, points: ${points} }`).join(', ')}] } }\ntiers: {}`,
        'test.yaml',
      );
    const history = given(publishing(large(1)));
    expect(refusedSize(fromNowOn(history, large(1).model, 900n))).toBeUndefined();
    expect(refusedSize(fromNowOn(history, large(2).model, 900n))).toEqual({
      reason: 'too-large',
      expected:
        'at most 500 rules and 12 half-lives, including those of earlier versions that still count past events (to drop these, publish it retroactively)',
      got: '600 and 0',
    });
    // Of the settings, where nothing was published.
    expect(refusedSize(fromNowOn(given(), large(2).model, 900n, large(1).model))).toMatchObject({ got: '600 and 0' });
    expect(refusedSize(fromNowOn(given(), large(2).model, 900n))).toBeUndefined();
  });

  it('rolls back publication by publication, to each just as it was, until there is none before', () => {
    const history = [publishing(one), publishing(two, { mode: 'prospective' as const }), publishing(three)];
    const composite = live(given(...history.slice(0, 2)))!.split('@')[0];
    expect(live(given(...history, rollingBack()))).toMatch(`${composite}@`);
    const twice = given(...history, rollingBack(), rollingBack());
    expect(live(twice)).toBe(one.version);
    expect(rollingBack()(twice)).toMatchObject({ refused: { reason: 'nothing-before', got: `${one.version}, which is the first` } });
    expect(live(given(...history, rollingBack(), publishing(one), rollingBack()))).toMatch(`${composite}@`);
    expect(rollingBack()(given())).toMatchObject({ refused: { reason: 'nothing-published' } });
  });

  it('rolls back once where it is told from what', () => {
    const history = given(publishing(one), publishing(two), publishing(three), rollingBack(three.version));
    expect(live(history)).toBe(two.version);
    expect(rollingBack(three.version)(history)).toEqual({ done: history.state.published[3]!.position, version: two.version });
    expect(rollingBack(one.version)(history)).toMatchObject({
      refused: { reason: 'another-is-live', expected: `the live version, ${two.version}`, got: one.version },
    });
  });

  it('retires a model beside the main one, once, until it is published again', () => {
    expect(retiring(modelId)(given(publishing(one)))).toMatchObject({ refused: { reason: 'main-model' } });
    expect(retiring()(given(drafting(one)))).toMatchObject({ refused: { reason: 'nothing-published' } });
    const retired = given(publishing(one), retiring());
    expect(live(retired)).toBeUndefined();
    expect(retiring()(retired)).toEqual({ done: retired.state.retired, version: one.version });
    expect(live(given(publishing(one), retiring(), publishing({ version: one.version })))).toBe(one.version);
  });

  it.each([
    ['trickle', undefined, 'nothing'],
    ['trickle', 0, '0'],
    ['trickle', 1_001, '1001'],
    ['trickle', 1.5, '1.5'],
    ['silent', 5, '5 with silent'],
  ] as const)('refuses handoffs %s with %s a day', (handoffs, perDay, got) => {
    expect(publishing(one, { handoffs, perDay })(given())).toMatchObject({ refused: { reason: 'per-day', got } });
    expect(rollback(given(publishing(one), publishing(two)), { handoffs, perDay })).toMatchObject({ refused: { reason: 'per-day', got } });
  });
});
