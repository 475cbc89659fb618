/** The first axis of the model leads: lists go by it, and it is what is shown in a line. */
export const mainScore = (scores: Readonly<Record<string, number>>): number | undefined => Object.values(scores)[0];
