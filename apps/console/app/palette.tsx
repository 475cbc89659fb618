import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { Autocomplete, Dialog, Header, Input, Menu, MenuItem, MenuSection, Modal, ModalOverlay, SearchField } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { TierBadge } from '../ui/badge';
import { mayDo, screensOf } from './screens';
import type { Session } from './session';
import { shellTexts } from './shell-texts';
import { useTexts } from './texts';
import { usePaused } from './use-paused';
import { words } from './words';
import look from './palette.module.css';

const PAUSE_MS = 150;

/** Where to, by a few letters: screens, and leads whose name or company has them. */
export default function Palette({ session, close }: { session: Session; close(): void }) {
  const t = useTexts(shellTexts);
  const w = useTexts(words);
  const router = useRouter();
  const [text, setText] = useState('');
  const asked = usePaused(text.trim(), PAUSE_MS);
  // A representative finds their own.
  const rep = session.permissions.includes('leads.read') ? undefined : session.repId;
  const { data } = useQuery({
    queryKey: ['leads', 'palette', asked, rep],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads', { params: { query: { q: asked, rep, limit: 8 } }, signal })),
    enabled: asked.length > 1 && mayDo(session, 'leads.read'),
    placeholderData: (before) => before,
  });
  const leads = asked.length > 1 ? (data?.items ?? []) : [];
  const screens = screensOf(session).filter(({ name }) => t(`screens.${name}`).toLowerCase().includes(text.trim().toLowerCase()));
  const go = (href: string) => {
    close();
    router.history.push(href);
  };
  return (
    <ModalOverlay isOpen onOpenChange={(is) => !is && close()} isDismissable className={look['overlay']!}>
      <Modal className={look['modal']!}>
        <Dialog aria-label={t('palette.open')} className={look['dialog']!}>
          <Autocomplete inputValue={text} onInputChange={setText}>
            <SearchField aria-label={t('palette.placeholder')} autoFocus className={look['field']!}>
              <Search aria-hidden="true" />
              <Input placeholder={t('palette.placeholder')} className={look['input']!} />
            </SearchField>
            <Menu
              aria-label={t('palette.open')}
              className={look['menu']!}
              onAction={(key) => go(String(key))}
              renderEmptyState={() => <p className={look['none']}>{t('palette.nothing')}</p>}
            >
              {screens.length > 0 && (
                <MenuSection>
                  <Header className={look['title']}>{t('palette.screens')}</Header>
                  {screens.map(({ path, name, icon: Icon }) => (
                    <MenuItem key={path} id={path} textValue={t(`screens.${name}`)} className={look['item']!}>
                      <Icon aria-hidden="true" />
                      {t(`screens.${name}`)}
                    </MenuItem>
                  ))}
                </MenuSection>
              )}
              {leads.length > 0 && (
                <MenuSection>
                  <Header className={look['title']}>{t('palette.leads')}</Header>
                  {leads.map(({ leadId, profile, tier }) => (
                    <MenuItem
                      key={leadId}
                      id={`/leads/${encodeURIComponent(leadId)}`}
                      textValue={profile?.name ?? leadId}
                      className={look['item']!}
                    >
                      <span>{profile?.name ?? w('unknownPerson')}</span>
                      <span className={look['company']}>{profile?.company}</span>
                      {tier && <TierBadge tier={tier} />}
                    </MenuItem>
                  ))}
                </MenuSection>
              )}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
