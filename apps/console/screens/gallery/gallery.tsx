import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { galleryTexts } from './gallery-texts';

/** Each component in each of its states. */
export function Gallery() {
  const t = useTexts(galleryTexts);
  return <Page title={t('title')}>{null}</Page>;
}
