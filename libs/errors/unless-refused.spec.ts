import { unlessRefused } from './unless-refused';

const answers = (message: string) => () => Promise.reject(new Error(message));

it('a command that Redis allows nobody is told from one that failed', async () => {
  expect(await unlessRefused(() => Promise.resolve('Background saving started'))).toBe(true);
  expect(await unlessRefused(answers("ERR unknown command 'bgrewriteaof', with args beginning with: "))).toBe(false);
  expect(await unlessRefused(answers("NOPERM User app has no permissions to run the 'bgsave' command"))).toBe(false);
  await expect(unlessRefused(answers('ERR Background save already in progress'))).rejects.toThrow('already in progress');
  await expect(unlessRefused(answers('LOADING Redis is loading the dataset in memory'))).rejects.toThrow('LOADING');
});
