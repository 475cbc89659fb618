import type { Browser } from 'playwright-core';
import { startBrowser } from './browser';
import { demoData } from './demo-data';
import { startEngine, temporaryFolder, untilReady, type EngineProcess } from './engine-process';

/** For the tests of one file: a small company that lived with Leadlog, an engine on its data, and a browser. */
export function consoleAtWork() {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let browser: Browser;
  beforeAll(async () => {
    await demoData(folder);
    [engine, browser] = await Promise.all([startEngine(folder), startBrowser()]);
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await browser?.close();
    await engine?.stop();
    remove();
  });
  return {
    get engine(): EngineProcess {
      return engine;
    },
    get browser(): Browser {
      return browser;
    },
    /** After it was killed: on the same data, at the same address. */
    async startAgain(): Promise<void> {
      engine = await startEngine(folder, { PORT: new URL(engine.url).port });
    },
  };
}
