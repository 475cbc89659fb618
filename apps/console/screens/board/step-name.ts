import { useTexts } from '../../app/texts';
import type { BoardStep } from './board-measure';
import { boardTexts } from './board-texts';

/** Amounts in another currency than yen are told apart by it. */
export function useStepName(): (step: BoardStep) => string {
  const t = useTexts(boardTexts);
  return ({ step, currency }) => `${t(`steps.${step}`)}${currency === undefined || currency === 'JPY' ? '' : ` (${currency})`}`;
}
