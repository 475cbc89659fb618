import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';
import { useCommand } from '../../api/use-command';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { CancelButton } from '../../ui/cancel-button';
import { Field, Select } from '../../ui/form';
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { DocumentEditing } from '../../common/document-editing';
import { documentTexts } from '../../common/document-texts';
import { useChecked, yamlBody } from '../../common/document-text';
import { useCompletion } from '../../common/use-completion';
import { studioTexts } from './studio-texts';
import look from './studio.module.css';

export type Model = components['schemas']['Model'];
const KINDS = ['preview', 'backtest', 'suggest'] as const;

export function ModelEditor({
  model: { modelId, live },
  typed,
  onType,
  onSave,
  onTried,
}: {
  model: Model;
  typed: string | undefined;
  onType(text: string | undefined): void;
  onSave(text: string): void;
  onTried(trial: string): void;
}) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['models', modelId, 'document', live?.document],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/models/{id}', { params: { path: { id: modelId } }, signal })),
    staleTime: Infinity,
  });
  if (isPending) return <Loading />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  return (
    <Editing
      modelId={modelId}
      liveText={data.text}
      liveVersion={data.version}
      typed={typed}
      onType={onType}
      onSave={onSave}
      onTried={onTried}
    />
  );
}

function Editing({
  modelId,
  liveText,
  liveVersion,
  typed,
  onType,
  onSave,
  onTried,
}: {
  modelId: string;
  liveText: string;
  liveVersion: string;
  typed: string | undefined;
  onType(text: string | undefined): void;
  onSave(text: string): void;
  onTried(trial: string): void;
}) {
  const t = useTexts(studioTexts);
  const d = useTexts(documentTexts);
  const { data: session } = useSession();
  const mayWrite = session != null && mayDo(session, 'models.write');
  const text = typed ?? liveText;
  const checked = useChecked(['model', modelId], text, (asked, signal) =>
    answerOf(api.POST('/v1/models/{id}/validate', { params: { path: { id: modelId } }, ...yamlBody(asked), signal })),
  );
  const complete = useCompletion('scoring-model');
  const [isPublishing, setPublishing] = useState(false);
  const tried = useCommand(
    ({ kind }: { id: string; kind: (typeof KINDS)[number] }) =>
      answerOf(api.POST('/v1/models/{id}/trials', { params: { path: { id: modelId } }, body: { kind, document: text } })),
    { changes: ['trials'], onDone: ({ id }) => onTried(id), once: true },
  );
  const draft = useCommand(
    ({ written }: { id: string; written: string }) =>
      answerOf(api.POST('/v1/models/{id}/drafts', { params: { path: { id: modelId } }, ...yamlBody(written) })),
    {
      changes: ['models'],
      onDone: ({ version }, { written }) => {
        onSave(written);
        toast(d('drafted', { version }));
      },
    },
  );
  const failure = tried.error ?? draft.error;
  const isReady = checked.valid !== undefined && !checked.isChecking;
  return (
    <DocumentEditing
      label={t('editor', { model: modelId })}
      value={text}
      onChange={(now) => onType(now === liveText ? undefined : now)}
      complete={complete}
      isReadOnly={!mayWrite}
      checked={checked}
      said={({ version, rules }) => (
        <>
          <Badge kind="good">{t('valid', { version, rules })}</Badge>
          {version === liveVersion && <span className={look['soft']}>{t('same')}</span>}
        </>
      )}
    >
      {!mayWrite && <p className={look['soft']}>{t('readOnly')}</p>}
      {mayWrite && (
        <>
          <div className={look['row']} role="group" aria-label={t('trial')}>
            {KINDS.map((kind) => (
              <Button key={kind} isDisabled={!isReady} isPending={tried.isPending} onPress={() => void tried.tell({ kind })}>
                {t(kind)}
              </Button>
            ))}
          </div>
          <div className={look['row']}>
            <Button kind="main" isDisabled={!isReady} onPress={() => setPublishing(!isPublishing)} aria-expanded={isPublishing}>
              {t('publish')}
            </Button>
            <Button isDisabled={!isReady} isPending={draft.isPending} onPress={() => void draft.tell({ written: text })}>
              {d('draft')}
            </Button>
            {typed !== undefined && (
              <Button kind="quiet" onPress={() => onType(undefined)}>
                {d('reset')}
              </Button>
            )}
          </div>
          {failure && <FailedLine error={failure} />}
        </>
      )}
      {isPublishing && (
        <Publishing
          modelId={modelId}
          text={text}
          onDone={() => {
            setPublishing(false);
            onType(undefined);
          }}
          onCancel={() => setPublishing(false)}
        />
      )}
    </DocumentEditing>
  );
}

const MODES = ['retroactive', 'prospective'] as const;
const HANDOFFS = ['silent', 'trickle', 'all'] as const;

function Publishing({ modelId, text, onDone, onCancel }: { modelId: string; text: string; onDone(): void; onCancel(): void }) {
  const t = useTexts(studioTexts);
  const [mode, setMode] = useState<(typeof MODES)[number]>('retroactive');
  const [handoffs, setHandoffs] = useState<(typeof HANDOFFS)[number]>('silent');
  const [perDay, setPerDay] = useState('10');
  const publish = useCommand(
    (_intent: { id: string }) =>
      answerOf(
        api.POST('/v1/models/{id}/publish', {
          params: { path: { id: modelId } },
          body: { document: text, mode, handoffs, ...(handoffs === 'trickle' && { perDay: Number(perDay) }) },
        }),
      ),
    {
      changes: ['models'],
      onDone: ({ version }) => {
        toast(t('published', { version }));
        onDone();
      },
    },
  );
  return (
    <div className={look['panel']} role="group" aria-label={t('publish')}>
      <Select
        label={t('mode')}
        options={MODES.map((id) => ({ id, name: t(`modes.${id}`) }))}
        chosen={mode}
        onChoose={(id) => setMode(id as typeof mode)}
      />
      <Select
        label={t('handoffs')}
        options={HANDOFFS.map((id) => ({ id, name: t(`handoffsAt.${id}`) }))}
        chosen={handoffs}
        onChoose={(id) => setHandoffs(id as typeof handoffs)}
      />
      {handoffs === 'trickle' && <Field label={t('perDay')} type="number" min={1} value={perDay} onChange={setPerDay} />}
      {publish.error && <FailedLine error={publish.error} />}
      <div className={look['row']}>
        <Button kind="main" isPending={publish.isPending} onPress={() => void publish.tell({})}>
          {t('publish')}
        </Button>
        <CancelButton onPress={onCancel} />
      </div>
    </div>
  );
}
