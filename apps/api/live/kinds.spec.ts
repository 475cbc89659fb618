import { ToReadAnew } from '../../console/api/live-changes';
import { liveKinds } from './kinds';

describe('the kinds of which is told that they have changed', () => {
  it.each(liveKinds)('%s: the console reads something anew', (kind) => {
    const anew = new ToReadAnew();
    anew.add([{ kind }]);
    expect(anew.keys).not.toEqual([]);
  });
});
