import { useTexts } from '../app/texts';
import type { components } from '../api/types.gen';
import { Badge } from '../ui/badge';
import { leadWords } from './lead-words';

/** Where a lead is in its life. */
export function StateBadge({ state }: { state: components['schemas']['Lead']['state'] }) {
  const t = useTexts(leadWords);
  const kind = state === 'won' ? 'good' : state === 'handed-off' || state === 'hot' ? 'accent' : 'plain';
  return <Badge kind={kind}>{t(`life.${state}`)}</Badge>;
}
