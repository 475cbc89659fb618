import { texts } from '../../app/texts';

export const galleryTexts = texts({
  en: { title: 'Gallery' },
  ja: { title: '部品' },
});
