/** What `leadlog report new` writes. */
export const REPLAY_TEMPLATE = `// Run with: leadlog replay NAME.ts --from 2026-01-01 --to 2026-07-01
// An editor that knows Leadlog checks the types; they are stripped when the report runs.
import type { ReplayReport } from '@leadlog/replays';

interface State {
  calls: number;
  reached: number;
}

export default {
  name: 'reach-by-rep',
  // Only events of these types are read.
  handles: ['CallCompleted'],
  // A column of the archive (leadlog sql --describe events): lead, account, rep, deal, campaign, type …
  key: 'rep',
  initial: () => ({ calls: 0, reached: 0 }),
  evolve(state, { data }) {
    state.calls += 1;
    if (data.outcome === 'reached') state.reached += 1;
    return state;
  },
  row: ({ calls, reached }) => ({ calls, reached, rate: reached / calls }),
} satisfies ReplayReport<State>;
`;
