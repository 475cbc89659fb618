import { LinkButton } from '../ui/button';
import { Logo } from './shell-logo';
import { LANGUAGES, prefer, usePreferences } from './preferences';
import { shellTexts } from './shell-texts';
import { useTexts } from './texts';
import look from './signed-out.module.css';

/** Nobody is signed in: says how to. */
export function SignedOut() {
  const t = useTexts(shellTexts);
  const { language } = usePreferences();
  return (
    <main className={look['place']}>
      <div className={look['card']}>
        <Logo />
        <h1>{t('signedOut.title')}</h1>
        <p>{t('signedOut.words')}</p>
        <LinkButton kind="main" href="/sign-in">
          {t('signedOut.button')}
        </LinkButton>
        <p className={look['owner']}>
          {t('signedOut.owner')} <code>leadlog people link PERSON</code>
        </p>
        <div className={look['languages']}>
          {LANGUAGES.map((one) => (
            <button key={one} type="button" aria-pressed={one === language} onClick={() => prefer({ language: one })}>
              {one === 'ja' ? '日本語' : 'English'}
            </button>
          ))}
        </div>
      </div>
    </main>
  );
}
