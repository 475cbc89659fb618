import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parametersOf, ReportFiles, reportOf } from './report-files';

const text = (front: string, sql = 'SELECT 1') => `---\n${front}\n---\n${sql}\n`;

describe('report files', () => {
  it('are front matter and a SELECT', () => {
    expect(
      reportOf(
        'calls',
        text(
          'title: Calls\nparameters:\n  - { name: from, type: date, default: null, description: first day }\nchart: { type: bar, x: rep, y: calls }',
        ),
      ),
    ).toEqual({
      name: 'calls',
      title: 'Calls',
      description: '',
      parameters: [{ name: 'from', type: 'date', default: null, description: 'first day' }],
      chart: { type: 'bar', x: 'rep', y: 'calls' },
      sql: 'SELECT 1\n',
    });
  });

  it.each([
    ['SELECT 1', 'expected YAML between two lines ---, then a SELECT'],
    [text('title: [')!, 'report x (x.sql): Flow sequence in block collection'],
    [text('title: 3'), 'title: expected a text, got 3'],
    [text('title: T\nchrat: {}'), 'chrat: expected title, description, parameters, chart or schedule'],
    [text('title: T\nparameters: 3'), 'parameters: expected a list, got 3'],
    [text('title: T\nparameters: [{ name: A, type: date }]'), 'expected a name of lower-case letters, digits and underscores, got "A"'],
    [text('title: T\nparameters: [{ name: a, type: day }]'), 'parameter a: expected a type of date, text, number, integer, got "day"'],
    [
      text('title: T\nschedule: 61 * * * *'),
      'report x (x.sql): schedule: expected a cron expression of five fields (minute, hour, day of month, month, day of week) such as "0 6 * * 1-5", got "61 * * * *" (Constraint',
    ],
    [text('title: T\nschedule: { at: 6 }'), 'such as "0 6 * * 1-5", got {"at":6}'],
    [
      text('title: T\nschedule: 0 6 * * *\nparameters: [{ name: rep, type: text }]'),
      'schedule: expected a default for every parameter, because a scheduled run has no one to ask, got none for rep',
    ],
  ])('that are none say why: %j', (file, message) => expect(() => reportOf('x', file)).toThrow(message));

  it('are run with what was given, else with their defaults', () => {
    const report = reportOf(
      'x',
      text(
        'title: T\nparameters: [{ name: from, type: date, default: 2026-01-01 }, { name: n, type: integer, description: how many }, { name: team, type: text, default: null }]',
      ),
    );
    expect(parametersOf(report, { n: '3' })).toEqual({ from: '2026-01-01', n: 3, team: null });
    expect(() => parametersOf(report, {})).toThrow('n: expected a value (how many), got nothing');
    expect(() => parametersOf(report, { n: 'x' })).toThrow('n: expected a whole number, got "x"');
    expect(() => parametersOf(report, { n: 1, from: 'May' })).toThrow('from: expected a day as YYYY-MM-DD, got "May"');
    expect(() => parametersOf(report, { n: 1, from: '2026-02-30' })).toThrow('from: expected a day as YYYY-MM-DD, got "2026-02-30"');
    expect(() => parametersOf(report, { n: '9007199254740993' })).toThrow('n: expected a whole number, got "9007199254740993"');
    expect(() => parametersOf(report, { n: 1, to: 'x' })).toThrow('to: expected a parameter of report x: one of from, n, team, got "to"');
  });

  it('come from several folders, of which the later one holds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadlog-reports-'));
    const own = join(folder, 'own');
    mkdirSync(own);
    writeFileSync(join(folder, 'calls.sql'), text('title: Ours'));
    writeFileSync(join(folder, 'deals.sql'), text('title: Deals'));
    writeFileSync(join(own, 'calls.sql'), text('title: Theirs'));
    const reports = new ReportFiles([folder, own, join(folder, 'missing')]);
    expect(reports.all().reports.map(({ name, title }) => [name, title])).toEqual([
      ['calls', 'Theirs'],
      ['deals', 'Deals'],
    ]);
    expect(reports.names()).toEqual(['calls', 'deals']);
    writeFileSync(join(own, 'deals.sql'), Buffer.concat([Buffer.from(text('title: D')), Buffer.from([0x90, 0xc2])]));
    expect(() => reports.get('deals')).toThrow('expected a file in UTF-8, got other bytes; convert it');
    writeFileSync(join(own, 'deals.sql'), text('title: D\nschedule: daily'));
    expect(() => reports.get('deals')).toThrow(`report deals (${join(own, 'deals.sql')}): schedule: expected a cron expression`);
    const { reports: right, wrong } = reports.all();
    expect(right.map(({ name }) => name)).toEqual(['calls']);
    expect(wrong).toEqual([{ name: 'deals', problem: expect.stringContaining('expected a cron expression') as string }]);
    expect(() => reports.get('cals')).toThrow('expected a report: one of calls, deals; the nearest is calls, got "cals"');
    rmSync(folder, { recursive: true });
  });
});
