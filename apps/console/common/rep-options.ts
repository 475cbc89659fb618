import { useReps } from '../api/reps';
import type { Option } from '../ui/form';

/** Representatives to choose one of. `withFormer`: also those who have left, of whom there is something to see. */
export function useRepOptions({ withFormer = false }: { withFormer?: boolean } = {}): Option[] {
  const reps = useReps();
  return (reps?.items ?? [])
    .filter(({ hasLeft }) => withFormer || !hasLeft)
    .map(({ repId, name, teamId }) => ({ id: repId, name: name ?? repId, note: teamId }));
}
