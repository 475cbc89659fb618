import { withoutCredentials } from './logger';

describe('what is logged', () => {
  it.each([
    ['redis://:secret@host:6379', 'redis://***@host:6379'],
    ['redis://:a@host:1,redis://u:b@other:2', 'redis://***@host:1,redis://***@other:2'],
    ['"esdb+discover://admin:change@it@cluster?tls=true"', '"esdb+discover://***@cluster?tls=true"'],
    ['connect to https://token@collector/v1/traces failed', 'connect to https://***@collector/v1/traces failed'],
  ])('has no credentials in addresses: %s', (text, expected) => expect(withoutCredentials(text)).toBe(expected));

  it.each(['https://example.com/mail?to=a@b', 'nobody@example.com', 'http://host/path'])('is else as it was: %s', (text) =>
    expect(withoutCredentials(text)).toBe(text),
  );
});
