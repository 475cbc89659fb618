import type { ReadModelView } from './read-models';

/**
 * Level-triggered: as long as a key is in `list` of the live generation with a rank (a time, ms) that has passed, the
 * reaction is called, one key at a time. The event that it appends must come back through the log and remove the key from
 * the list; until the read model reaches the position that it returned, the key is left alone. Everything that it does must
 * be safe to repeat: use deterministic ids and an expected revision.
 *
 *     const reaction: Reaction = { name: 'reminders', projection: 'tasks', list: 'due', react: async (taskId) =>
 *       (await log.append(`task-${taskId}`, [reminderDue(taskId)], { expected: 'any' })).position };
 */
export interface Reaction {
  readonly name: string;
  readonly projection: string;
  readonly list: string;
  /**
   * Acts for one key. Returns the position that the read model must reach before the key is considered again (that of
   * the appended decision), 'again' if the state it saw was stale (the key is retried once the projection has advanced),
   * or the time (ms) before which there is nothing to do as long as the rank is unchanged.
   */
  react(key: string, rank: number, view: ReadModelView): Promise<bigint | 'again' | { notBefore: number }>;
}
