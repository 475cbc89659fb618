import { QuestionIdTaken, QuestionsUnderWay, UnknownQuestion, type Asker } from './sql.handlers';

const asker = (id: string, seesAll = false): Asker => ({ id, seesAll });
const start = (questions: QuestionsUnderWay, askedBy: string, id: string) => {
  const question = { id, askedAt: '2026-06-01T00:00:00Z', sql: `-- of ${askedBy}`, state: 'waiting' as const, progress: 0 };
  const one = { question, askedBy, cancel: new AbortController() };
  questions.start(one);
  return one;
};

describe('questions under way', () => {
  const questions = new QuestionsUnderWay();
  const [mine, theirs] = [start(questions, 'key-1', 'q'), start(questions, 'key-2', 'other')];

  it("are one's own, and no id tells that somebody else asks", () => {
    expect(questions.ofAsker(asker('key-1'))).toEqual([mine]);
    expect(() => questions.get('other', asker('key-1'))).toThrow(UnknownQuestion);
    expect(() => start(questions, 'key-1', 'q')).toThrow(QuestionIdTaken);
    const same = start(questions, 'key-1', 'other');
    expect([questions.get('other', asker('key-1')), questions.get('other', asker('key-2'))]).toEqual([same, theirs]);
    questions.end(same);
    expect(() => questions.get('other', asker('key-1'))).toThrow(UnknownQuestion);
  });

  it('are all there for an owner, whose own come first', () => {
    const owner = asker('owner', true);
    expect(questions.ofAsker(owner)).toEqual([mine, theirs]);
    expect(questions.get('q', owner)).toBe(mine);
    const own = start(questions, 'owner', 'q');
    expect(questions.get('q', owner)).toBe(own);
  });
});
