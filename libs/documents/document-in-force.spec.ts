import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { policyKind, type HandoffPolicy } from '@leadlog/handoff';
import { DocumentInForce } from './document-in-force';
import { emptyHistory, proposeOnDocument, publishDocument, rollBackDocument, type DocumentHistory } from './stored-document';

const policy = (hours: number) =>
  policyKind.read(`reps: [{ id: rep-1, team: t }]\nsla: { accept: ${hours}h, contact: 24h }`, 'policy', 'standard');
const [ofFile, published, another] = [{ ...policy(1), id: 'standard' }, policy(2), policy(3)];
const HOUR = 3_600_000;

describe('the document in force', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-in-force-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  afterAll(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (settings = ofFile) => {
    const inForce = new DocumentInForce<HandoffPolicy>(log, policyKind, () => settings);
    await inForce.open();
    return inForce;
  };
  const writer = { log, clock: Date.now, actor: { kind: 'person' as const, id: 'api' } };
  const empty = (id = 'standard') => emptyHistory(policyKind, id);
  const publish = (what: typeof published, id = 'standard') =>
    proposeOnDocument(
      writer,
      () => empty(id),
      (history: DocumentHistory) => publishDocument(history, { what, insteadOf: id === 'standard' ? ofFile : undefined, same: undefined }),
    );
  const rollBack = () =>
    proposeOnDocument(
      writer,
      () => empty(),
      (history: DocumentHistory) => rollBackDocument(history, { live: history.state.published.at(-1) }),
    );
  const hours = ({ content }: { content: HandoffPolicy }) => (content.sla.accept as { ms: number }).ms / HOUR;

  it('is that of the settings until one is published, then that of the log, also in a process that runs already', async () => {
    const running = await open();
    expect([hours(running.now()), running.isPublished]).toEqual([1, false]);
    const seen: number[] = [];
    let heard: () => void = () => undefined;
    const next = () => new Promise<void>((resolve) => (heard = resolve));
    let change = next();
    running.follow(() => {
      seen.push(hours(running.now()));
      heard();
      return Promise.resolve();
    });
    await publish(published);
    await change;
    change = next();
    await publish(another);
    await change;
    change = next();
    await rollBack();
    await change;
    await running.stop();
    expect(seen).toEqual([2, 3, 2]);

    const started = await open();
    expect(started.now()).toEqual(running.now());
    expect(started.now()).toMatchObject({ id: 'standard', version: published.version });
    expect(started.at(0).content).toBe(ofFile.content);
    expect(started.ofVersion(ofFile.version)!.content).toBe(ofFile.content);
  });

  it('is known for earlier moments and by version, whatever was published since', async () => {
    const inForce = await open();
    const times: number[] = [];
    for await (const page of log.readStream('policy-standard'))
      times.push(...page.flatMap(({ type, recordedAt }) => (type === 'HandoffPolicyPublished' ? [recordedAt] : [])));
    expect(times).toHaveLength(4);
    expect(hours(inForce.at(times[0]! - 1))).toBe(1);
    expect(hours(inForce.at(times.at(-1)!))).toBe(2);
    expect(hours(inForce.ofVersion(another.version)!)).toBe(3);
    expect(inForce.ofVersion('none')).toBeUndefined();
  });

  it('was, before the first publication, what the settings said then, whatever they say now', async () => {
    const inForce = await open({ ...policy(9), id: 'standard' });
    expect([hours(inForce.at(0)), hours(inForce.ofSettings)]).toEqual([1, 9]);
  });

  it('is the one before, and the operator is told, where this program cannot read what was published', async () => {
    const before = (await open()).now();
    const data = { policyId: 'standard', version: 'f'.repeat(64), definition: { policy: 'standard', sla: { acceptWithin: 'a moon' } } };
    const strange = recorded('HandoffPolicyPublished', data, { at: Date.now(), stream: 'policy-standard' });
    await log.append(strange.stream, asAppend(strange).events, { expected: 'any' });
    const inForce = await open();
    expect(inForce.now()).toEqual(before);
    expect(inForce.unreadable()).toEqual([
      expect.stringMatching(
        /^handoff policy standard f{64} was published and cannot be read by this program, so what was before it counts: /,
      ),
    ]);
    await publish(another);
    expect(hours((await open()).now())).toBe(3);
    // So do moments at which it was in force.
    expect(inForce.at(Date.now()).version).toBe(before.version);
    // What it decided is not put down to another.
    expect(['f'.repeat(64), before.version, 'of-former-settings'].map((version) => inForce.decidedBy(version)?.version)).toEqual([
      undefined,
      before.version,
      ofFile.version,
    ]);
  });

  it('is not another document of the kind', async () => {
    const before = (await open()).now();
    await publish(another, 'other');
    expect((await open()).now()).toEqual(before);
  });
});
