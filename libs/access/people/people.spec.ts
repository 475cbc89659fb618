import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { KnownAccess } from '../known-access';
import { addPerson, changePerson, disablePerson, enablePerson, signOutPerson, type Proven, type WantedPerson } from './change-people';
import { OWNER } from './people';
import { endSession, LINK_MS, makeLink, SESSION_MS, signInByLink, signInProven, StartLink } from './sign-in';

/** Ten minutes before the day of UTC ends, by which sessions are kept. */
const NOW = Date.parse('2026-06-10T23:50:00Z');
const folder = mkdtempSync(join(tmpdir(), 'leadlog-people-'));
const file = join(folder, 'log.db');
const log = SqliteEventLog.open({ file });
let now = NOW;
const clock = () => now;
const writer = { log, clock, actor: { kind: 'person' as const, id: 'boss' } };
const start = new StartLink();
let count = 0;
const added = async (wanted: Partial<WantedPerson> = {}) =>
  (await addPerson(writer, { name: `person ${(count += 1)}`, role: 'marketing', ...wanted })).personId;
const signedIn = async (personId: string) => signInByLink(writer, start, (await makeLink(writer, personId)).token);
const opened = async (from = log) => {
  const access = new KnownAccess(from, undefined, undefined, clock);
  await access.open();
  return access;
};
const refusedAs = (got: string | RegExp) => ({
  kind: 'forbidden',
  errors: [{ pointer: '/token', got: expect.stringMatching(got) as string }],
});
beforeEach(() => (now = NOW));
afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

describe('a sign-in link', () => {
  it('opens one session, of the person that it was made for', async () => {
    const personId = await added({ role: 'rep', repId: 'rep-7' });
    const { token } = await makeLink(writer, personId);
    const { text, sessionId } = await signInByLink(writer, start, token);
    expect((await opened()).check(text, now)).toEqual({
      holder: expect.objectContaining({
        kind: 'person',
        id: personId,
        role: 'rep',
        repId: 'rep-7',
        session: { sessionId, endsAt: NOW + SESSION_MS },
      }) as object,
    });
    await expect(signInByLink(writer, start, token)).rejects.toMatchObject(refusedAs('that was used'));
  });

  it('opens one session also where several come at once with it, to several processes', async () => {
    const { token } = await makeLink(writer, await added());
    const another = SqliteEventLog.open({ file });
    const tried = await Promise.allSettled(
      [log, another, log, another].map((one) => signInByLink({ ...writer, log: one }, new StartLink(), token)),
    );
    await another.close();
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is of no use once it has expired, nor with another secret, nor as a session', async () => {
    const { token, expiresAt } = await makeLink(writer, await added());
    await expect(signInByLink(writer, start, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).rejects.toMatchObject(
      refusedAs('that is not known'),
    );
    await expect(signInByLink(writer, start, token.replace('lk_', 'ls_'))).rejects.toMatchObject(refusedAs('something else'));
    expect((await opened()).check(token.replace('lk_', 'ls_'), now)).toEqual({ refused: 'unknown' });
    expect(expiresAt).toBe(NOW + LINK_MS);
    now = expiresAt;
    await expect(signInByLink(writer, start, token)).rejects.toMatchObject(refusedAs('that has expired'));
  });

  it.each([
    ['was disabled', disablePerson, /disabled/],
    ['was signed out', signOutPerson, /signed out/],
    [
      'was disabled and is let in again',
      async (...who: Parameters<typeof disablePerson>) => (await disablePerson(...who), enablePerson(...who)),
      /signed out/,
    ],
    [
      'was given another role',
      (...[one, id]: Parameters<typeof disablePerson>) => changePerson(one, id, { role: 'analyst' }),
      /another role/,
    ],
  ])('of a person who %s since is of no use', async (_what, act, got) => {
    const personId = await added();
    const { token } = await makeLink(writer, personId);
    await act(writer, personId);
    await expect(signInByLink(writer, start, token)).rejects.toMatchObject(refusedAs(got));
  });

  it('is not made for somebody who is disabled, or whom nobody has added', async () => {
    const personId = await added();
    await disablePerson(writer, personId);
    await expect(makeLink(writer, personId)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(makeLink(writer, 'nobody')).rejects.toMatchObject({ kind: 'unknown' });
  });

  it('and its secret are not in the log, nor is that of the session', async () => {
    const { token } = await makeLink(writer, await added());
    const { text } = await signInByLink(writer, start, token);
    let written = '';
    for await (const { events } of log.read()) written += JSON.stringify(events.map(({ data, metadata }) => [data, metadata]));
    expect(written).not.toContain(token.slice(-43));
    expect(written).not.toContain(text.slice(-43));
  });
});

describe('the link of a start', () => {
  it('writes nothing until it is used, opens one session of the owner, and is known to its own process alone', async () => {
    const one = new StartLink();
    const head = await log.head();
    const { token } = one.make(now, head);
    expect(await log.head()).toBe(head);
    await expect(signInByLink(writer, new StartLink(), token)).rejects.toMatchObject(refusedAs('that is not known'));
    const { text } = await signInByLink(writer, one, token);
    expect((await opened()).check(text, now)).toEqual({ holder: expect.objectContaining({ id: OWNER, role: 'owner' }) as object });
    await expect(signInByLink(writer, one, token)).rejects.toMatchObject(refusedAs('that was used'));
    await disablePerson(writer, OWNER);
    await expect(signInByLink(writer, one, one.make(now, await log.head()).token)).rejects.toMatchObject(refusedAs('disabled'));
    await enablePerson(writer, OWNER);
    const other = new StartLink();
    const { token: earlier } = other.make(now, await log.head());
    await signOutPerson(writer, OWNER);
    await expect(signInByLink(writer, other, earlier)).rejects.toMatchObject(refusedAs('from before'));
  });
});

describe('a session', () => {
  it('ends after twelve hours, also where the day is another by then', async () => {
    const { text } = await signedIn(await added());
    now = NOW + SESSION_MS - 1;
    const access = await opened();
    expect(access.check(text, now)).toHaveProperty('holder');
    expect(access.check(text, now + 1)).toMatchObject({ refused: 'expired' });
  });

  it('that is signed out of ends, and the other sessions of the person go on', async () => {
    const personId = await added();
    const [one, other] = [await signedIn(personId), await signedIn(personId)];
    expect((await endSession(writer, one.sessionId)).repeated).toBe(false);
    expect((await endSession(writer, one.sessionId)).repeated).toBe(true);
    const access = await opened();
    expect([access.check(one.text, now), 'holder' in access.check(other.text, now)]).toMatchObject([{ refused: 'ended' }, true]);
    expect(access.openSessions(now).get(personId)).toBe(1);
  });

  it('does not begin by a link from before the person was signed out everywhere, however the two meet', async () => {
    const personId = await added();
    const { token } = await makeLink(writer, personId);
    const [tried] = await Promise.allSettled([signInByLink(writer, start, token), signOutPerson(writer, personId)]);
    if (tried.status === 'fulfilled') expect((await opened()).check(tried.value.text, now)).toMatchObject({ refused: 'ended' });
  });

  it('counts exactly while its person is enabled and has neither been signed out, disabled nor given another role since', async () => {
    const acts = ['sign in', 'sign out', 'disable', 'enable', 'other role', 'other name'] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...acts), { maxLength: 12 }), async (history) => {
        const personId = await added();
        let [isDisabled, role] = [false, 'marketing' as 'marketing' | 'analyst'];
        let live: string[] = [];
        const all: string[] = [];
        for (const act of history) {
          if (act === 'sign in' && !isDisabled) {
            const { text } = await signedIn(personId);
            live.push(text);
            all.push(text);
          } else if (act === 'sign out') await signOutPerson(writer, personId);
          else if (act === 'disable') await disablePerson(writer, personId);
          else if (act === 'enable') await enablePerson(writer, personId);
          else if (act === 'other role')
            await changePerson(writer, personId, { role: (role = role === 'marketing' ? 'analyst' : 'marketing') });
          else if (act === 'other name') await changePerson(writer, personId, { name: `somebody ${(count += 1)}` });
          if (act === 'disable') isDisabled = true;
          if (act === 'enable') isDisabled = false;
          if (['sign out', 'disable', 'other role'].includes(act)) live = [];
        }
        const access = await opened();
        expect(all.filter((text) => 'holder' in access.check(text, now))).toEqual(live);
        for (const text of live) expect(access.check(text, now)).toMatchObject({ holder: { id: personId, role } });
      }),
      { numRuns: 25 },
    );
  });

  it('that one process ends is refused by another as soon as the log tells it', async () => {
    const another = SqliteEventLog.open({ file });
    const access = await opened(another);
    access.follow();
    const personId = await added();
    const { text } = await signedIn(personId);
    while (!('holder' in access.check(text, now))) await sleep(5);
    await disablePerson(writer, personId);
    while ('holder' in access.check(text, now)) await sleep(5);
    await access.stop();
    await another.close();
  });
});

describe('somebody who signs in at an identity provider', () => {
  const provenAs = (more: Partial<Proven> = {}): Proven => ({
    issuer: 'https://login.leadlog.example',
    subject: `subject ${(count += 1)}`,
    name: '森',
    role: 'marketing',
    ...more,
  });
  const who = async (proven: Proven) => (await signInProven(writer, proven)).holder;

  it('is one person by issuer and subject, also where they come to several processes at once', async () => {
    const proven = provenAs();
    const another = SqliteEventLog.open({ file });
    const all = await Promise.all([log, another, log, another].map((one) => signInProven({ log: one, clock }, proven)));
    await another.close();
    expect(new Set(all.map(({ holder }) => holder.id)).size).toBe(1);
    const access = await opened();
    for (const { text } of all) expect(access.check(text, now)).toHaveProperty('holder');
    for (const other of [{ issuer: 'https://login.other.example' }, { subject: 'another' }])
      expect((await who({ ...proven, ...other })).id).not.toBe(all[0]!.holder.id);
  });

  it('has the role that the provider says; another one, or none, ends what was opened before', async () => {
    const proven = provenAs();
    const before = await signInProven(writer, proven);
    expect(await who({ ...proven, role: 'rep', repId: 'rep-9' })).toMatchObject({ id: before.holder.id, role: 'rep', repId: 'rep-9' });
    expect((await opened()).check(before.text, now)).toMatchObject({ refused: 'ended' });
    const after = await signInProven(writer, proven);
    await expect(who({ ...proven, role: undefined })).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await opened()).check(after.text, now)).toMatchObject({ refused: 'ended' });
  });

  it('without a role is nobody, and writes nothing; nor does who comes again as they were', async () => {
    const proven = provenAs();
    await who(proven);
    const before = await eventsOfPeople();
    await who(proven);
    await expect(who(provenAs({ role: undefined }))).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await eventsOfPeople()).toEqual(before);
  });

  it('takes nobody else for themselves, nor their address', async () => {
    const email = 'kept@leadlog.example';
    const personId = await added({ email });
    const { id } = await who(provenAs({ email }));
    expect(id).not.toBe(personId);
    expect((await opened()).allPeople().filter((one) => one.email === email)).toMatchObject([{ personId }]);
  });

  it('stays who they are when an owner changes them, and out when an owner disables them', async () => {
    const proven = provenAs();
    const { id } = await who(proven);
    await changePerson(writer, id, { name: '森 一郎', role: 'analyst' });
    expect(await who(proven)).toMatchObject({ id, name: '森', role: 'marketing' });
    await disablePerson(writer, id);
    await expect(who(proven)).rejects.toMatchObject({ kind: 'forbidden' });
    await enablePerson(writer, id);
    expect(await who(proven)).toMatchObject({ id });
  });
});

async function eventsOfPeople(): Promise<string[]> {
  const types: string[] = [];
  for await (const page of log.readStream('access-people')) types.push(...page.map(({ type }) => type));
  return types;
}

describe('a person', () => {
  it.each<[string, Partial<WantedPerson>, string]>([
    ['as a rep who is nobody', { role: 'rep' }, '/repId'],
    ['as a representative with another role', { repId: 'rep-1' }, '/repId'],
    ['of a role that there is not', { role: 'admin' as 'owner' }, '/role'],
    ['as an integration', { role: 'sender' as 'owner' }, '/role'],
    ['without a name', { name: '' }, '/name'],
    ['with an address that is none', { email: 'nowhere' }, '/email'],
  ])('is not added %s', async (_what, wanted, pointer) => {
    const head = await log.head();
    await expect(added(wanted)).rejects.toMatchObject({ kind: 'invalid', errors: [expect.objectContaining({ pointer })] });
    expect(await log.head()).toBe(head);
  });

  it('has an address that nobody else has, whatever its letter case', async () => {
    await added({ email: 'mori@leadlog.example' });
    await expect(added({ email: 'Mori@leadlog.example' })).rejects.toMatchObject({ kind: 'conflict', errors: [{ pointer: '/email' }] });
  });

  it('is changed in what is said alone; said again, it changes nothing', async () => {
    const personId = await added({ role: 'rep', repId: 'rep-3', email: 'ono@leadlog.example' });
    expect((await changePerson(writer, personId, { name: '大野' })).repeated).toBe(false);
    expect((await changePerson(writer, personId, { name: '大野' })).repeated).toBe(true);
    const find = async () => (await opened()).allPeople().find((one) => one.personId === personId);
    expect(await find()).toMatchObject({ name: '大野', role: 'rep', repId: 'rep-3', email: 'ono@leadlog.example' });
    await changePerson(writer, personId, { role: 'manager', email: null });
    expect(await find()).not.toHaveProperty('repId');
    expect(await find()).not.toHaveProperty('email');
  });

  it('who is the owner stays so', async () => {
    await makeLink(writer, OWNER);
    await expect(changePerson(writer, OWNER, { role: 'analyst' })).rejects.toMatchObject({
      kind: 'conflict',
      errors: [{ pointer: '/role' }],
    });
  });
});
