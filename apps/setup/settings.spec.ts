import { resolve } from 'node:path';
import { readSettings } from './settings';

describe('settings', () => {
  it('have defaults that run', () => {
    expect(readSettings({})).toEqual({
      dataFolder: resolve('./data'),
      archiveFolder: resolve('./data/archive'),
      archiveRestMs: 60_000,
      bodyMs: 60_000,
      reportsFolder: undefined,
      eventStoreUrl: undefined,
      redisUrl: undefined,
      namespace: undefined,
      origins: [],
      limits: { requests: 600, addressRequests: 6_000, megabytes: 50 },
      behindProxy: false,
      tlsCert: undefined,
      tlsKey: undefined,
      host: '127.0.0.1',
      port: 3000,
      hosts: [],
      timezone: 'Asia/Tokyo',
      fiscalYearStart: 4,
      kpiWindows: {},
      modelFile: undefined,
      policyFile: undefined,
      processFile: undefined,
      organisationFile: undefined,
      webhookAllow: [],
      roles: new Set(['projections', 'reactions', 'jobs', 'archive']),
      backgroundNice: 10,
      logLevel: 'info',
      bullBoard: false,
      tracesTo: undefined,
    });
  });

  it('refuse an unknown LEADLOG_ name with the nearest known one', () => {
    expect(() => readSettings({ LEADLOG_TIMEZON: 'Asia/Tokyo' })).toThrow(
      'LEADLOG_TIMEZON is no setting of Leadlog; the nearest is LEADLOG_TIMEZONE',
    );
  });

  it('read the windows of KPIs that differ, each in its unit', () => {
    const windows = (text: string) => readSettings({ LEADLOG_KPI_WINDOWS: text }).kpiWindows;
    expect(windows('first-meeting=21d, call-to-appointment=48h,soon=90m')).toEqual({
      firstMeetingDays: 21,
      callToAppointmentHours: 48,
      soonMinutes: 90,
    });
    for (const wrong of ['first-meeting=21', 'first-meeting=3h', 'meeting=3d', 'soon=0m', 'return-yield=9999d', '14d'])
      expect(() => windows(`at-once=5m,${wrong}`)).toThrow(
        `LEADLOG_KPI_WINDOWS: expected some of call-to-appointment=<1 to 3653>h, first-meeting=<1 to 3653>d, `,
      );
  });

  it('let no batch of the largest size be refused for ever', () => {
    expect(readSettings({ LEADLOG_LIMIT_MEGABYTES: '9' }).limits.megabytes).toBe(9);
    expect(() => readSettings({ LEADLOG_LIMIT_MEGABYTES: '8' })).toThrow(
      'LEADLOG_LIMIT_MEGABYTES: expected a whole number from 9 to 1000000000, got "8"',
    );
  });

  it('let a program have a port of its own by default', () => {
    expect(readSettings({}, 3001).port).toBe(3001);
    expect(readSettings({ PORT: '0' }, 3001).port).toBe(0);
  });

  it.each([
    'admin:S3cret@host',
    'esbd://admin:S3cret@host:2113',
    'ftp://:S3cret@one,ftp://:S3cret@two',
    'esdb://admin:S3/cret@host:99999',
    'mailto:S3cret@S3cret@host',
    'wss://host?password=S3cret',
  ])('tell of an address that is wrong no password: %s', (address) => {
    for (const name of ['EVENTSTORE_URL', 'REDIS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'])
      expect(() => readSettings({ [name]: address })).toThrow(new RegExp(`^${name}: (?!.*S3)`));
  });

  it('read ROLES as a list', () => {
    expect(readSettings({ ROLES: 'jobs, projections' }).roles).toEqual(new Set(['jobs', 'projections']));
  });

  it.each([
    [{ PORT: 'http' }, 'PORT: expected a whole number from 0 to 65535, got "http"'],
    [
      { LEADLOG_HOSTS: 'a.example:80' },
      'LEADLOG_HOSTS: expected names such as leadlog.example.com, without port and separated by commas, got "a.example:80"',
    ],
    [{ PORT: '70000' }, 'PORT: expected a whole number from 0 to 65535, got "70000"'],
    [
      { REDIS_URL: 'localhost:6379' },
      'REDIS_URL: expected an address that starts with redis:// or rediss://, such as redis://127.0.0.1:6379, got "localhost:6379"',
    ],
    [{ EVENTSTORE_URL: 'http://admin:secret@x' }, 'such as esdb://127.0.0.1:2113?tls=false, got "http://***@x"'],
    [{ LEADLOG_NAMESPACE: 'a b' }, 'LEADLOG_NAMESPACE: expected up to 40 letters, digits and hyphens, got "a b"'],
    [
      { ROLES: 'jobs,projection' },
      'ROLES: expected one or more of projections, reactions, jobs, archive, separated by commas, got "projection"; the nearest is projections',
    ],
    [
      { ROLES: ' , ' },
      'ROLES: expected one or more of projections, reactions, jobs, archive, separated by commas, got " , "; leave it out for all of them',
    ],
    [{ LEADLOG_BACKGROUND_NICE: '-5' }, 'LEADLOG_BACKGROUND_NICE: expected a whole number from 0 to 19, got "-5"'],
    [{ LEADLOG_LOG_LEVEL: 'verbose' }, 'LEADLOG_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "verbose"'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected an address that starts with http:// or https://, such as http://127.0.0.1:4318, got "collector:4317"',
    ],
    [{ LEADLOG_BULL_BOARD: 'yes' }, 'LEADLOG_BULL_BOARD: expected on or off, got "yes"'],
    [{ LEADLOG_BULL_BOARD: 'on' }, 'LEADLOG_BULL_BOARD: expected REDIS_URL to be set too'],
    [{ LEADLOG_TIMEZONE: 'Tokyo' }, 'LEADLOG_TIMEZONE: expected an IANA time zone such as Asia/Tokyo, got "Tokyo"'],
  ])('refuse %j and say what was expected', (env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });
});
