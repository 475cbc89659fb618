import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailed } from './terminal';

/** Writes what the command answers into a file that was named for it. Throws CommandFailed, also where the answer breaks off. */
export async function writeOutput(file: string, parts: Readable | Iterable<string>): Promise<void> {
  try {
    await pipeline(parts instanceof Readable ? parts : Readable.from(parts), createWriteStream(file));
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    // Of the file; anything else is said of what was to be written.
    if (syscall === 'open' || syscall === 'write') throw new CommandFailed(`${file} cannot be written: ${message}`);
    throw new CommandFailed(`${file} is not complete, because the answer broke off: ${message}`, 'unavailable');
  }
}
