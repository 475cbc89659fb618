import { useTexts } from '../app/texts';
import { Button } from './button';
import { uiTexts } from './ui-texts';

/** Beside what would be done. */
export function CancelButton({ kind = 'quiet', onPress }: { kind?: 'plain' | 'quiet'; onPress(): void }) {
  const t = useTexts(uiTexts);
  return (
    <Button kind={kind} onPress={onPress}>
      {t('cancel')}
    </Button>
  );
}
