import { told, type FromChild, type ToChild, type ToldError } from './messages';

export interface Answering {
  /** The question under way is no longer wanted; its answer is an error, soon. */
  cancel?: () => void;
  /** It is there for one question, and ends once that is answered. */
  once?: boolean;
  /** How it ends, with its parent at the latest; with status 0 by default. */
  end?: () => void;
}

/** Makes this process one that answers its parent (`startChild`, `askChild`). */
export function answerParent<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
  { cancel, once, end = () => process.exit(0) }: Answering = {},
): void {
  process.on('disconnect', end);
  process.on('message', (message: ToChild<Question>) => {
    if ('cancel' in message) return cancel?.();
    const behind = once ? end : undefined;
    void answer(message.ask).then(
      (found) => tellParent({ answer: found }, behind),
      (error: ToldError) => tellParent({ error: told(error) }, behind),
    );
  });
}

/** `behind`: called once it is told. */
export const tellParent = <Answer>(message: FromChild<Answer>, behind?: () => void): void =>
  void process.send?.(message, undefined, undefined, behind);
