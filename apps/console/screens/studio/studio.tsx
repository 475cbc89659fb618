import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useLive } from '../../api/use-live';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Select } from '../../ui/form';
import { Empty, Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { isAllSaved, saved, typed, type TypedDocuments } from '../../common/typed-documents';
import { Unsaved } from '../../common/unsaved';
import { ModelEditor } from './model-editor';
import { ModelHistory } from './model-history';
import { ModelTrials } from './model-trials';
import { studioTexts } from './studio-texts';
import look from './studio.module.css';

/** Where marketing tunes what makes a lead hot. */
export function Studio() {
  const t = useTexts(studioTexts);
  useLive('models');
  const { model, tab = 'edit', trial } = useSearch({ from: '/studio' });
  const navigate = useNavigate({ from: '/studio' });
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/models', { signal })),
  });
  // What somebody has typed outlives a look at the trials.
  const [documents, setDocuments] = useState<TypedDocuments>({});
  const shown = data?.items.find(({ modelId }) => modelId === model) ?? data?.items.find(({ main }) => main) ?? data?.items[0];
  if (isPending)
    return (
      <Page title={t('title')}>
        <Loading />
      </Page>
    );
  if (data === undefined)
    return (
      <Page title={t('title')}>
        <Failed error={error} again={() => void refetch()} />
      </Page>
    );
  if (shown === undefined)
    return (
      <Page title={t('title')}>
        <Empty icon={<SlidersHorizontal />} title={t('noModels.title')}>
          {t('noModels.words')}
        </Empty>
      </Page>
    );
  const { modelId, live, answering } = shown;
  const type = (text: string | undefined, isSaved?: boolean) => setDocuments((before) => typed(before, modelId, text, isSaved));
  const edit = (text: string, isSaved?: boolean) => {
    type(text, isSaved);
    void navigate({ search: { model: modelId, tab: 'edit' } });
  };
  return (
    <Page
      title={t('title')}
      note={
        live &&
        (answering !== undefined && answering !== live.version
          ? t('building', { live: live.version, answering })
          : t('live', { version: live.version }))
      }
      actions={
        <Select
          className={look['model']}
          label={t('model')}
          isLabelHidden
          options={data.items.map((one) => ({ id: one.modelId, name: one.modelId, ...(one.main && { note: t('main') }) }))}
          chosen={modelId}
          onChoose={(id) => void navigate({ search: { model: id } })}
        />
      }
    >
      <Tabs
        key={modelId}
        label={t('title')}
        chosen={tab}
        onChoose={(id) => void navigate({ search: { model: modelId, tab: id }, replace: true })}
        tabs={[
          {
            id: 'edit',
            name: t('tabs.edit'),
            content: (
              <ModelEditor
                model={shown}
                typed={documents[modelId]?.text}
                onType={type}
                onSave={(text) => setDocuments((before) => saved(before, modelId, text))}
                onTried={(id) => void navigate({ search: { model: modelId, tab: 'trials', trial: id } })}
              />
            ),
          },
          {
            id: 'trials',
            name: t('tabs.trials'),
            content: (
              <ModelTrials
                modelId={modelId}
                chosen={trial}
                onChoose={(id) => void navigate({ search: { model: modelId, tab: 'trials', trial: id } })}
                onEdit={edit}
              />
            ),
          },
          { id: 'history', name: t('tabs.history'), content: <ModelHistory model={shown} onEdit={(text) => edit(text, true)} /> },
        ]}
      />
      {!isAllSaved(documents) && <Unsaved />}
    </Page>
  );
}
