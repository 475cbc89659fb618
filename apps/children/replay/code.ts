import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { transform } from 'sucrase';
import { WrongReplay } from '@leadlog/replays';

/** JavaScript of a report's file; types are left out, lines stay where they are. Throws WrongReplay, and what reading a file throws. */
export function codeOf(file: string): string {
  const bytes = readFileSync(file);
  if (!isUtf8(bytes)) throw new WrongReplay(`${file}: expected a file in UTF-8, got other bytes; convert it`);
  try {
    return transform(bytes.toString('utf8'), {
      transforms: file.endsWith('.ts') ? ['typescript'] : [],
      disableESTransforms: true,
      keepUnusedImports: false,
    }).code;
  } catch (error) {
    throw new WrongReplay(
      `${file} is no ${file.endsWith('.ts') ? 'TypeScript' : 'JavaScript'} that can be run as it stands: ${(error as Error).message}`,
    );
  }
}
