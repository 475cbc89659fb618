// In every test file of the suite on production adapters: what start-servers.ts has started or been given.
process.env.REDIS_URL = process.env.TEST_REDIS_URL;
process.env.EVENTSTORE_URL = process.env.TEST_EVENTSTORE_URL;
