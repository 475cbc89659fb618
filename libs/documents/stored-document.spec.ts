import { decode } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import fc from 'fast-check';
import {
  draftDocument,
  emptyHistory,
  publishDocument,
  rollBackDocument,
  type DocumentDecision,
  type DocumentEvents,
  type DocumentHistory,
  type DocumentText,
} from './stored-document';
import { versionOfMeaning } from './meaning';

const kind: DocumentEvents = {
  noun: 'handoff policy',
  drafted: 'HandoffPolicyDrafted',
  published: 'HandoffPolicyPublished',
  category: 'policy',
  subject: 'policyId',
  by: 'policies',
};
const document = (hours: number, comment = ''): DocumentText => {
  const definition = { sla: { accept: `${hours}h` } };
  return { version: versionOfMeaning(definition), definition, text: `${comment}sla: { accept: ${hours}h }` };
};
const [one, two, three] = [document(1), document(2), document(3)];

type Decide = (history: DocumentHistory) => DocumentDecision;
const live = (history: DocumentHistory) => history.state.published.at(-1);
const drafting =
  (what: DocumentText): Decide =>
  (history) =>
    draftDocument(history, what);
const publishing =
  (what: DocumentText | { version: string }, insteadOf?: DocumentText): Decide =>
  (history) => {
    const now = live(history);
    return publishDocument(history, { what, insteadOf, same: now?.version === what.version ? now : undefined });
  };
const rollingBack =
  (from?: string): Decide =>
  (history) =>
    rollBackDocument(history, { live: live(history), from });

/** The document after these decisions, as the log has them; what is refused or was done before adds nothing. */
function given(...decisions: Decide[]): DocumentHistory {
  const history = emptyHistory(kind, 'standard');
  let position = 0n;
  for (const decide of decisions) {
    const decision = decide(history);
    if (!('facts' in decision)) continue;
    for (const { type, data } of decision.facts) history.add(decode(recorded(type, data, { position: (position += 10n) })));
  }
  return history;
}
const types = (decision: DocumentDecision) => ('facts' in decision ? decision.facts.map(({ type }) => type) : decision);

describe('the life of a document that people write', () => {
  it('is drafted once, and again where the same meaning is written otherwise', () => {
    const drafted = given(drafting(one));
    expect(types(drafting(one)(given()))).toEqual(['HandoffPolicyDrafted']);
    expect(drafting(one)(drafted)).toEqual({ done: '10', version: one.version });
    const again = given(drafting(one), drafting(document(1, '# why\n')));
    expect(again.state.versions).toHaveLength(1);
    expect(again.document(one.version)!.text).toContain('# why');
  });

  it('is published as a draft, or with a document that is drafted along with it, and counts from then on', () => {
    expect(types(publishing({ version: one.version })(given(drafting(one))))).toEqual(['HandoffPolicyPublished']);
    expect(types(publishing(two)(given()))).toEqual(['HandoffPolicyDrafted', 'HandoffPolicyPublished']);
    expect(publishing({ version: 'none' })(given(drafting(one)))).toEqual({
      refused: { reason: 'unknown-version', expected: `a drafted version: ${one.version}`, got: 'none' },
    });
    expect(live(given(drafting(one)))).toBeUndefined();
    expect(publishing(one)(given(publishing(one)))).toEqual({ done: '20', version: one.version });
  });

  it('has that of the settings as its first publication, to which it can go back', () => {
    expect(types(publishing(two, one)(given()))).toEqual([
      'HandoffPolicyDrafted',
      'HandoffPolicyDrafted',
      'HandoffPolicyPublished',
      'HandoffPolicyPublished',
    ]);
    const published = given(publishing(two, one));
    expect(live(published)!.version).toBe(two.version);
    expect(live(given(publishing(two, one), rollingBack()))!.version).toBe(one.version);
    expect(rollingBack()(given(publishing(two, one), rollingBack()))).toEqual({
      refused: { reason: 'nothing-before', expected: 'a publication before the live one', got: `${one.version}, which is the first` },
    });
  });

  it('goes back once where it is told from what', () => {
    const history = given(publishing(one), publishing(two), publishing(three), rollingBack(three.version));
    expect(live(history)!.version).toBe(two.version);
    expect(rollingBack(three.version)(history)).toMatchObject({ done: live(history)!.position });
    expect(rollingBack(one.version)(history)).toMatchObject({ refused: { reason: 'another-is-live', got: one.version } });
    expect(rollingBack()(given())).toEqual({
      refused: {
        reason: 'nothing-published',
        expected: 'a handoff policy that is live',
        got: 'a handoff policy that was never published',
      },
    });
  });

  const act = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(one, two, three).map((what) => ['publish', what] as const) },
    { weight: 2, arbitrary: fc.constant(['rollback'] as const) },
    fc.constantFrom(one, two, three).map((what) => ['draft', what] as const),
  );

  it('is at every moment what a stack says: a publication goes on top, a rollback takes the top away', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const stack: string[] = [];
        const decisions: Decide[] = [];
        for (const [what, document] of acts) {
          if (what === 'publish') {
            decisions.push(publishing(document));
            if (stack.at(-1) !== document.version) stack.push(document.version);
          } else if (what === 'draft') decisions.push(drafting(document));
          else {
            decisions.push(rollingBack());
            if (stack.length > 1) stack.pop();
          }
        }
        expect(live(given(...decisions))?.version).toBe(stack.at(-1));
      }),
    );
  });
});
