import { useNavigate, useSearch } from '@tanstack/react-router';
import { mayDo } from '../../app/screens';
import { useSession, type Permission } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Tabs } from '../../ui/tabs';
import { Audit } from './audit';
import { Jobs } from './jobs';
import { Keys } from './keys';
import { operationsTexts } from './operations-texts';
import { People } from './people';
import { Projections } from './projections';

const PARTS = [
  { id: 'projections', needs: 'projections.operate', Part: Projections },
  { id: 'jobs', needs: 'jobs.operate', Part: Jobs },
  { id: 'keys', needs: 'keys.manage', Part: Keys },
  { id: 'people', needs: 'people.manage', Part: People },
  { id: 'audit', needs: 'audit.read', Part: Audit },
] as const satisfies readonly { id: string; needs: Permission; Part: () => React.ReactNode }[];

/** What keeps the engine well, and who may do what. */
export function Operations() {
  const t = useTexts(operationsTexts);
  const { data: session } = useSession();
  const { part } = useSearch({ from: '/operations' });
  const navigate = useNavigate({ from: '/operations' });
  const seen = PARTS.filter(({ needs }) => session && mayDo(session, needs));
  const chosen = seen.find(({ id }) => id === part) ?? seen[0];
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        chosen={chosen?.id}
        onChoose={(id) => void navigate({ search: { part: id }, replace: true })}
        tabs={seen.map(({ id, Part }) => ({ id, name: t(`parts.${id}`), content: <Part /> }))}
      />
    </Page>
  );
}
