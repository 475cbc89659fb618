import { resolve } from 'node:path';
import { readSettings } from './settings';

describe('settings', () => {
  it('have defaults that run', () => {
    expect(readSettings({})).toEqual({
      dataFolder: resolve('./data'),
      host: '127.0.0.1',
      port: 3000,
      timezone: 'Asia/Tokyo',
      modelFile: undefined,
      policyFile: undefined,
    });
  });

  it('refuse an unknown LEADLOG_ name with the nearest known one', () => {
    expect(() => readSettings({ LEADLOG_TIMEZON: 'Asia/Tokyo' })).toThrow('LEADLOG_TIMEZON is no setting of Leadlog; the nearest is LEADLOG_TIMEZONE');
  });

  it.each([
    [{ PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535, got "http"'],
    [{ PORT: '70000' }, 'PORT: expected a whole number from 0 to 65535, got "70000"'],
    [{ LEADLOG_TIMEZONE: 'Tokyo' }, 'LEADLOG_TIMEZONE: expected an IANA time zone such as Asia/Tokyo, got "Tokyo"'],
  ])('refuse %j and say what was expected', (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });
});
