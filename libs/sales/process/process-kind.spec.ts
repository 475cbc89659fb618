import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyHistory } from '@leadlog/documents';
import { decode } from '@leadlog/events';
import { recorded } from '@leadlog/events/recorded.testing';
import { processKind } from './process-kind';

const PROCESSES = join(__dirname, '../processes');

describe('sales processes as documents that are stored', () => {
  it.each(readdirSync(PROCESSES))('%s, which comes with Leadlog, is the same once it is stored, with the lines of its rules', (file) => {
    const text = readFileSync(join(PROCESSES, file), 'utf8');
    const read = processKind.read(text, file);
    expect(read.id).toBe(file.replace('.yaml', ''));
    expect(processKind.contentOf(read, 'as stored')).toEqual(read.content);
    expect(processKind.read(JSON.stringify(read.definition), file).version).toBe(read.version);
    expect(() => processKind.read(text, file, 'another')).toThrow(/process: expected another, the requested process/);
  });

  it('pass over what was published before they were documents', () => {
    const stages = [{ stageId: 'call', name: '架電', purpose: '次のアポイントを得る', kpis: ['calls'] }];
    const old = recorded('SalesProcessPublished', { processId: 'standard', version: '2', stages, definition: undefined });
    const history = emptyHistory(processKind, 'standard').add(decode(old));
    expect(history.state).toEqual({ versions: [], published: [] });
    expect(history.document('2')).toBeUndefined();
    history.add(decode(recorded('SalesProcessPublished', { version: 'a' })));
    expect(history.state.published).toMatchObject([{ version: 'a', original: 0 }]);
  });
});
