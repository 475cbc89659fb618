import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { Ingestion, parseStructured } from '@leadlog/ingestion';
import { namesInClear, emailIdentity, identityHash, leadIdOf } from '@leadlog/lead';
import { decisionId } from '../event-ids';
import { ownEvent } from '../own-event';
import { identityStream } from '../streams';
import { normalEmail, parseEmail } from './email-address';

const NORMAL = 'h.aoyama@example.jp';
const SPELLINGS = [
  NORMAL,
  'H.Aoyama@Example.JP',
  '  h.aoyama@example.jp\u3000',
  'ｈ．ａｏｙａｍａ＠ｅｘａｍｐｌｅ．ｊｐ',
  '<h.aoyama@example.jp>',
  '青山 晴香 <H.Aoyama@example.jp>',
  '"Aoyama: Haruka" <h.aoyama@example.jp>',
  'mailto:h.aoyama@example.jp',
  'MAILTO:h.aoyama%40example.jp?subject=Hello',
  '<mailto:h.aoyama@example.jp>',
  'h.aoyama@example.jp.',
  'h.aoyama@example。jp',
];

describe('an address', () => {
  it.each(SPELLINGS)('has one form, however it is written: %j', (text) => expect(parseEmail(text)).toBe(NORMAL));

  it('has its domain in ASCII, whatever the script', () => {
    for (const text of ['info@日本語.jp', 'info@XN--WGV71A119E.jp', 'info@日本語．ＪＰ'])
      expect(parseEmail(text)).toBe('info@xn--wgv71a119e.jp');
    expect(parseEmail('info@bu\u0308cher.example')).toBe(parseEmail('info@BÜCHER.example'));
    expect(parseEmail('cafe\u0301@example.jp')).toBe('caf\u00e9@example.jp');
  });

  it('is never made that of another mailbox', () => {
    const different = [
      'a.b@gmail.com',
      'ab@gmail.com',
      'ab+x@gmail.com',
      'ab@googlemail.com',
      'a..b@docomo.example',
      'a.b.@docomo.example',
      'info@faß.example',
      'info@fass.example',
      "o'neil@example.jp",
    ];
    expect(new Set(different.map(parseEmail)).size).toBe(different.length);
  });

  it.each([
    '',
    '@',
    'a@',
    '@example.jp',
    'a b@example.jp',
    'a@b@example.jp',
    'a@example..jp',
    'a@.jp',
    'a@exa mple.jp',
    '<a@example.jp',
    'a@example.jp, b@example.jp',
    'mailto:',
    'h.aoyama',
    'a\u0000@example.jp',
    'a\u200b@example.jp',
  ])('is none: %j', (text) => expect(parseEmail(text)).toBeUndefined());

  it('stays as it is in its form', () => {
    for (const text of [...SPELLINGS, 'info@日本語.jp', '"a"@example.jp', 'a@[127.0.0.1]', 'a@localhost', 'İ@example.jp']) {
      const normal = parseEmail(text)!;
      expect(parseEmail(normal)).toBe(normal);
      expect(normalEmail(normal)).toBe(normal);
    }
  });
});

describe('an address that comes in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-addresses-'));
  let log: SqliteEventLog;
  let ingestion: Ingestion;
  let files = 0;
  let made = 0;
  beforeEach(() => {
    log = SqliteEventLog.open({ file: join(folder, `${files++}.db`) });
    ingestion = new Ingestion(log, { names: namesInClear, clock: Date.now });
  });
  afterEach(() => log.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  async function send(type: string, data: object, subject?: string) {
    const [result] = await ingestion.ingest([
      parseStructured({ specversion: '1.0', id: `e-${made++}`, source: 'spec', type, time: '2026-06-10T11:00:00+09:00', data, subject }),
    ]);
    return result!;
  }
  async function dataOf(stream: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for await (const page of log.readStream(stream)) found.push(...page.map(({ data }) => data));
    return found;
  }
  const inquiry = { kind: 'demo' };

  it('is one identity as a subject, in data and in a profile, and is recorded in its form', async () => {
    for (const text of SPELLINGS) {
      await send('InquiryReceived', { ...inquiry, identity: { email: text } });
      await send('InquiryReceived', inquiry, text);
      await send('InquiryReceived', inquiry, `email:${text}`);
      await send('LeadCaptured', { identity: { visitorId: 'v-1' }, channel: 'form', profile: { email: text } });
      await send('ProfileUpdated', { identity: { email: text }, changes: { email: text } });
    }
    const leadId = leadIdOf(emailIdentity(NORMAL));
    const recorded = JSON.stringify(await dataOf(`activity-${leadId}`));
    expect(await dataOf(`activity-${leadId}`)).toHaveLength(SPELLINGS.length * 4);
    expect(recorded.match(/"email":"[^"]*"/g)!.filter((found) => found !== `"email":"${NORMAL}"`)).toEqual([]);
    expect(JSON.stringify(await dataOf(`activity-${leadIdOf({ key: 'visitorId\0v-1' })}`)).match(/"email":"[^"]*"/g)).toEqual(
      SPELLINGS.map(() => `"email":"${NORMAL}"`),
    );
  });

  it.each([
    '@acme',
    'h.aoyama@',
    'a b@example.jp',
    'a@example.jp, b@example.jp',
    'mailto:nobody',
    'email:nobody',
    'h.aoyama＠',
    '青山 <h.aoyama@>',
    'email:',
    'visitor:',
    'card: ',
    'lead:',
    'crm:',
  ])('and is none is refused as a subject, never taken for a leadId: %j', async (subject) =>
    expect(await send('InquiryReceived', inquiry, subject)).toMatchObject({ result: 'rejected', errors: [{ pointer: '/subject' }] }),
  );

  it('and is none is refused wherever data hold it', async () => {
    for (const [type, data, pointer] of [
      ['InquiryReceived', { ...inquiry, identity: { email: 'a@example..jp' } }, '/data/identity/email'],
      ['LeadCaptured', { leadId: 'lead-1', channel: 'form', profile: { email: '<a@example.jp' } }, '/data/profile/email'],
      ['ProfileUpdated', { leadId: 'lead-1', changes: { email: 'a@b@example.jp' } }, '/data/changes/email'],
    ] as const)
      expect(await send(type, data)).toMatchObject({ result: 'rejected', errors: [{ pointer, expected: 'an e-mail address' }] });
  });

  it('may be told twice in different words, and contradicts what data say in others', async () => {
    const data = { ...inquiry, identity: { email: NORMAL } };
    expect(await send('InquiryReceived', data, '<H.AOYAMA@example.jp>')).toMatchObject({ result: 'accepted' });
    for (const [identity, subject] of [
      [{ email: NORMAL }, 'b@example.jp'],
      [{ visitorId: 'v-1' }, 'visitor:v-2'],
      [{ cardId: 'c-1' }, 'card:c-2'],
      [{ foreign: { system: 'crm', id: '1' } }, 'crm:2'],
    ] as const) {
      expect(await send('InquiryReceived', { ...inquiry, identity }, subject)).toMatchObject({
        result: 'rejected',
        errors: [{ pointer: '/subject' }],
      });
    }
  });

  it.each(['<h.aoyama@example.jp>', 'mailto:h.aoyama@example.jp', 'h.aoyama@example.jp.'])(
    'as %s belongs to whom it belonged before there was one form',
    async (text) => {
      const key = `email\0${text}`;
      await log.append(identityStream(identityHash({ key })), [claim('lead-old', { email: text })], { expected: 'no-stream' });
      for (const spelling of [text, NORMAL, 'H.AOYAMA@EXAMPLE.JP'])
        expect(await send('InquiryReceived', { ...inquiry, identity: { email: spelling } })).toMatchObject({ leadId: 'lead-old' });
      expect(await send('LeadCaptured', { leadId: 'lead-old', channel: 'form', profile: { email: NORMAL } })).not.toHaveProperty('notices');
    },
  );

  it('in the script of its domain belongs to whom it belonged before, in both scripts', async () => {
    await log.append(identityStream(identityHash({ key: 'email\0info@日本語.jp' })), [claim('lead-old', { email: 'info@日本語.jp' })], {
      expected: 'no-stream',
    });
    expect(await send('InquiryReceived', inquiry, 'info@xn--wgv71a119e.jp')).toMatchObject({ leadId: 'lead-old' });
    expect(await send('InquiryReceived', inquiry, 'info@日本語.jp')).toMatchObject({ leadId: 'lead-old' });
  });

  const claim = (leadId: string, identity: object) =>
    ownEvent({
      id: decisionId('claim', leadId, JSON.stringify(identity)),
      type: 'IdentityClaimed',
      data: { leadId, identity },
      at: '2026-01-01T00:00:00Z',
      by: 'identity',
    });
});
