import { LRUCache } from 'lru-cache';
import type { PersonalKey } from './personal-keys';

const MOST_BYTES = 32 * 1024 * 1024;
/** Of an entry besides its subject: the key, its id, the objects around them. */
const ENTRY_BYTES = 300;

/** The keys that a process has in memory, those used last. */
export class KeptKeys {
  private readonly keys = new LRUCache<string, PersonalKey>({
    maxSize: MOST_BYTES,
    sizeCalculation: (_key, subject) => ENTRY_BYTES + subject.length,
  });

  /** Those that are here, and the subjects whose keys are not. */
  of(subjects: readonly string[]): { found: Map<string, PersonalKey>; missing: string[] } {
    const found = new Map<string, PersonalKey>();
    const missing = new Set<string>();
    for (const subject of subjects) {
      if (found.has(subject)) continue;
      const key = this.keys.get(subject);
      if (key) found.set(subject, key);
      else missing.add(subject);
    }
    return { found, missing: [...missing] };
  }

  keep(subject: string, key: PersonalKey): void {
    this.keys.set(subject, key);
  }

  forget(subjects: readonly string[]): void {
    for (const subject of subjects) this.keys.delete(subject);
  }

  forgetAll(): void {
    this.keys.clear();
  }
}
