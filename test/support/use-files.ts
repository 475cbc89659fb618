// In every test file of the suite on embedded adapters, whatever servers are set for the others.
delete process.env.EVENTSTORE_URL;
delete process.env.REDIS_URL;
