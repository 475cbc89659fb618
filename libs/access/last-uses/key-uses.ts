/**
 * When each key was last used. Beside the log, which would grow with every request, and whoever loses it loses nothing else. Port;
 * `key-uses.contract.ts` is the specification.
 */
export interface KeyUses {
  /** `at`: ms. Keeps the latest, in whatever order processes say so. */
  note(keyId: string, at: number): Promise<void>;
  /** Key → ms. */
  all(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}
