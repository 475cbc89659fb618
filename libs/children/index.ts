export { answerParent, tellParent } from './answer-parent';
export { askChild, startChild } from './ask-child';
export { errorOf, told } from './messages';
export type { FromChild, ToldError } from './messages';
