import { Link, Outlet, useRouter, useRouterState, type ErrorComponentProps } from '@tanstack/react-router';
import { Ellipsis, Search, WifiOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { RouterProvider as AriaRouter } from 'react-aria-components';
import { useConnection } from '../api/connection';
import { useChanges } from '../api/use-live';
import { Button } from '../ui/button';
import { MenuButton, MenuChoice, MenuItem, MenuPart } from '../ui/menu';
import { Empty, Failed, Loading } from '../ui/states';
import { toastFailure, Toasts } from '../ui/toast';
import { LANGUAGES, prefer, THEMES, usePreferences, type Language, type Theme } from './preferences';
import { screensOf, type Screen } from './screens';
import { signOut, useSession, type Session } from './session';
import { Logo } from './shell-logo';
import { shellTexts } from './shell-texts';
import { SignedOut } from './signed-out';
import { useTexts } from './texts';
import look from './shell.module.css';

const Palette = lazy(() => import('./palette'));
/** On a phone, beside "more". */
const IN_THE_BAR = 4;

/** What is around every screen: where one can go, who one is, and whether the engine answers. */
export function Shell() {
  const { data: session, error, isPending, refetch } = useSession();
  const { navigate } = useRouter();
  if (isPending) return <Starting />;
  if (session === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (session === null) return <SignedOut />;
  return (
    // Links of the components go by the router, too.
    <AriaRouter navigate={(to) => void navigate({ to })}>
      <Frame session={session} />
    </AriaRouter>
  );
}

/** Before anybody is known. Asked for a while already, it says that the engine is away. */
function Starting() {
  const isHere = useConnection();
  const t = useTexts(shellTexts);
  return <main className={look['starting']}>{isHere ? <Loading rows={3} /> : <Empty icon={<WifiOff />} title={t('away')} />}</main>;
}

function Frame({ session }: { session: Session }) {
  const t = useTexts(shellTexts);
  const screens = screensOf(session);
  useChanges();
  const [isSearching, setSearching] = usePalette();
  return (
    <div className={look['frame']}>
      <a href="#content" className={look['skip']}>
        {t('skip')}
      </a>
      <header className={look['side']}>
        <Link to="/" className={look['mark']}>
          <Logo />
          <span>Leadlog</span>
        </Link>
        <Button kind="plain" size="s" className={look['search']} icon={<Search />} onPress={() => setSearching(true)}>
          <span>{t('palette.hint')}</span>
          <kbd>{isApple ? '⌘K' : 'Ctrl K'}</kbd>
        </Button>
        <nav className={look['screens']} aria-label={t('navigation')}>
          {screens.map((screen) => (
            <ScreenLink key={screen.path} screen={screen} />
          ))}
        </nav>
        <Account session={session} />
      </header>
      <div className={look['main']}>
        <ConnectionBanner />
        <main id="content" tabIndex={-1} className={look['content']}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Bar session={session} screens={screens} search={() => setSearching(true)} />
      <Toasts />
      {isSearching && (
        <Suspense>
          <Palette session={session} close={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

function ScreenLink({ screen: { path, name, icon: Icon }, kind = 'side' }: { screen: Screen; kind?: 'side' | 'bar' }) {
  const t = useTexts(shellTexts);
  return (
    <Link to={path as '/day'} className={look[kind === 'side' ? 'screen' : 'tab']} activeProps={{ 'aria-current': 'page' }}>
      <Icon aria-hidden="true" />
      <span>{t(`screens.${name}`)}</span>
    </Link>
  );
}

/** At the bottom of a phone, in reach of a thumb. */
function Bar({ session, screens, search }: { session: Session; screens: readonly Screen[]; search(): void }) {
  const t = useTexts(shellTexts);
  const router = useRouter();
  return (
    <nav className={look['bar']} aria-label={t('navigation')}>
      {screens.slice(0, IN_THE_BAR).map((screen) => (
        <ScreenLink key={screen.path} screen={screen} kind="bar" />
      ))}
      <MenuButton className={look['tab']} label={t('more')} icon={<Ellipsis />} placement="top end">
        <MenuPart title={session.name}>
          <MenuItem onAction={search}>{t('palette.open')}</MenuItem>
          {screens.slice(IN_THE_BAR).map(({ path, name, icon: Icon }) => (
            <MenuItem key={path} icon={<Icon />} onAction={() => void router.navigate({ to: path as '/day' })}>
              {t(`screens.${name}`)}
            </MenuItem>
          ))}
        </MenuPart>
        <Preferred />
        <MenuPart>
          <SignOut />
        </MenuPart>
      </MenuButton>
    </nav>
  );
}

function Account({ session }: { session: Session }) {
  const t = useTexts(shellTexts);
  return (
    <MenuButton
      className={look['account']}
      label={`${session.name} ${t(`roles.${session.role}`)}: ${t('account')}`}
      placement="top start"
      content={
        <>
          <span className={look['face']} aria-hidden="true" data-initial={[...session.name][0]} />
          <span className={look['who']}>
            <span>{session.name}</span> <span>{t(`roles.${session.role}`)}</span>
          </span>
        </>
      }
    >
      <Preferred />
      <MenuPart>
        <SignOut />
      </MenuPart>
    </MenuButton>
  );
}

function SignOut() {
  const t = useTexts(shellTexts);
  const act = (everywhere: boolean) => void signOut(everywhere).catch(() => toastFailure(t('stillIn')));
  return (
    <>
      <MenuItem onAction={() => act(false)}>{t('signOut')}</MenuItem>
      <MenuItem onAction={() => act(true)}>{t('signOutEverywhere')}</MenuItem>
    </>
  );
}

const LANGUAGE_NAMES: Record<Language, string> = { ja: '日本語', en: 'English' };

function Preferred() {
  const t = useTexts(shellTexts);
  const { language, theme } = usePreferences();
  return (
    <>
      <MenuChoice title={t('language')} chosen={language} onChoose={(id) => prefer({ language: id as Language })}>
        {LANGUAGES.map((one) => (
          <MenuItem key={one} id={one}>
            {LANGUAGE_NAMES[one]}
          </MenuItem>
        ))}
      </MenuChoice>
      <MenuChoice title={t('theme')} chosen={theme} onChoose={(id) => prefer({ theme: id as Theme })}>
        {THEMES.map((one) => (
          <MenuItem key={one} id={one}>
            {t(`themes.${one}`)}
          </MenuItem>
        ))}
      </MenuChoice>
    </>
  );
}

/** Ctrl+K or ⌘K, from anywhere. */
function usePalette(): [boolean, (is: boolean) => void] {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  return [isOpen, setOpen];
}

function ConnectionBanner() {
  const t = useTexts(shellTexts);
  const isHere = useConnection();
  return (
    <div role="status" className={look['banner']}>
      {!isHere && (
        <p>
          <WifiOff aria-hidden="true" />
          {t('away')}
        </p>
      )}
    </div>
  );
}

/** A screen: its name, what belongs to the whole of it, and what it shows. */
export function Page({
  title,
  note,
  actions,
  children,
  kind = 'plain',
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  kind?: 'plain' | 'full';
}) {
  useEffect(() => {
    document.title = `${title} · Leadlog`;
  }, [title]);
  return (
    <div className={look['page']} data-kind={kind}>
      <div className={look['head']}>
        <h1>{title}</h1>
        {note && <div className={look['note']}>{note}</div>}
        {actions && <div className={look['actions']}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

export function Nowhere() {
  const t = useTexts(shellTexts);
  const at = useRouterState({ select: ({ location }) => location.pathname });
  const { data: session } = useSession();
  const isFirst = at === '/' && session && screensOf(session).length === 0;
  const of = isFirst ? 'noScreens' : 'nowhere';
  return <Empty title={t(`${of}.title`)}>{t(`${of}.words`)}</Empty>;
}

export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} again={reset} />;
}
