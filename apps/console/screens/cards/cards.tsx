import { useNavigate, useSearch } from '@tanstack/react-router';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Select } from '../../ui/form';
import { Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { useRepOptions } from '../../common/rep-options';
import { CardImport } from './card-import';
import { CardList } from './card-list';
import { CardOutcomes } from './card-outcomes';
import { cardsTexts } from './cards-texts';
import look from './cards.module.css';

const EVERYBODY = '-';

/** Business cards: which there are, which are dormant, what became of them, and how more come in. */
export function Cards() {
  const t = useTexts(cardsTexts);
  const { data: session } = useSession();
  const search = useSearch({ from: '/cards' });
  const navigate = useNavigate({ from: '/cards' });
  const reps = useRepOptions({ withFormer: true });
  if (!session)
    return (
      <Page title={t('title')}>
        <Loading />
      </Page>
    );
  const { repId: own } = session;
  const rep = own ?? search.rep;
  const change = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next }, replace: true });
  const mayWrite = mayDo(session, 'cards.write');
  // Of a group of representatives nobody but those who see all cards is told.
  const maySum = session.permissions.includes('cards.read');
  const tabs = [
    {
      id: 'list',
      name: t('tabs.list'),
      content: (
        <CardList
          rep={rep}
          state={search.state}
          onState={(state) => change({ state })}
          isOwn={own !== undefined}
          mayWrite={mayWrite}
          onImport={() => change({ tab: 'import' })}
        />
      ),
    },
    ...(maySum ? [{ id: 'outcomes', name: t('tabs.outcomes'), content: <CardOutcomes rep={rep} /> }] : []),
    ...(mayWrite
      ? [
          {
            id: 'import',
            name: t('tabs.import'),
            content: <CardImport own={own} onDone={() => change({ tab: undefined, state: undefined })} />,
          },
        ]
      : []),
  ];
  const chosen = tabs.some(({ id }) => id === search.tab) ? search.tab! : 'list';
  return (
    <Page
      title={t('title')}
      actions={
        own === undefined && chosen !== 'import' ? (
          <Select
            label={t('rep')}
            isLabelHidden
            className={look['whose']}
            options={[{ id: EVERYBODY, name: t('everybody') }, ...reps]}
            chosen={search.rep ?? EVERYBODY}
            onChoose={(id) => change({ rep: id === EVERYBODY ? undefined : id })}
          />
        ) : undefined
      }
    >
      <Tabs label={t('title')} tabs={tabs} chosen={chosen} onChoose={(tab) => change({ tab: tab === 'list' ? undefined : tab })} />
    </Page>
  );
}
