import { useTexts } from '../app/texts';
import { Button } from './button';
import { FailedLine } from './states';
import { uiTexts } from './ui-texts';

/** What there is to know of a list that is read page by page. */
export interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage(): Promise<unknown>;
}

/** The rest of a list, a page at a time; and why it could not be had. */
export function More({ of, children }: { of: Paged; children?: string }) {
  const t = useTexts(uiTexts);
  if (!of.hasNextPage) return null;
  return (
    <>
      {of.isFetchNextPageError && <FailedLine error={of.error} />}
      <Button isPending={of.isFetchingNextPage} onPress={() => void of.fetchNextPage()}>
        {children ?? t('more')}
      </Button>
    </>
  );
}
