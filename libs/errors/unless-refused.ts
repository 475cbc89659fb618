/**
 * Whether Redis took a command that many a hosted one allows nobody: renamed or unknown there, or not granted to whoever connects. Any other
 * error is thrown.
 */
export async function unlessRefused(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (error) {
    if (/^(?:NOPERM|ERR unknown command)/i.test((error as Error).message)) return false;
    throw error;
  }
}
