import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';
import { useCommand } from '../../api/use-command';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Editor } from '../../ui/editor';
import { Field, Select } from '../../ui/form';
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { asYaml, useCheckedModel } from './model-text';
import { completionsOf, type Schema } from './schema-completions';
import { studioTexts } from './studio-texts';
import look from './studio.module.css';

export type Model = components['schemas']['Model'];
const KINDS = ['preview', 'backtest', 'suggest'] as const;

export function ModelEditor({
  model: { modelId, live },
  typed,
  onType,
  onTried,
}: {
  model: Model;
  typed: string | undefined;
  onType(text: string | undefined): void;
  onTried(trial: string): void;
}) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['models', modelId, 'document', live?.document],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/models/{id}', { params: { path: { id: modelId } }, signal })),
    staleTime: Infinity,
  });
  if (isPending) return <Loading />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  return <Editing modelId={modelId} liveText={data.text} liveVersion={data.version} typed={typed} onType={onType} onTried={onTried} />;
}

function Editing({
  modelId,
  liveText,
  liveVersion,
  typed,
  onType,
  onTried,
}: {
  modelId: string;
  liveText: string;
  liveVersion: string;
  typed: string | undefined;
  onType(text: string | undefined): void;
  onTried(trial: string): void;
}) {
  const t = useTexts(studioTexts);
  const { data: session } = useSession();
  const mayWrite = session != null && mayDo(session, 'models.write');
  const text = typed ?? liveText;
  const { valid, markers, error, isChecking } = useCheckedModel(modelId, text);
  const { data: schema } = useQuery({
    queryKey: ['schema', 'scoring-model'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/schemas/scoring-model', { signal })),
    staleTime: Infinity,
  });
  const complete = useMemo(
    () => schema && ((before: { line: string; lines: readonly string[] }) => completionsOf(schema.schema as Schema, before)),
    [schema],
  );
  const [isPublishing, setPublishing] = useState(false);
  const tried = useCommand(
    ({ kind }: { id: string; kind: (typeof KINDS)[number] }) =>
      answerOf(api.POST('/v1/models/{id}/trials', { params: { path: { id: modelId } }, body: { kind, document: text } })),
    { changes: ['trials'], onDone: ({ id }) => onTried(id), once: true },
  );
  const draft = useCommand(
    (_intent: { id: string }) => answerOf(api.POST('/v1/models/{id}/drafts', { params: { path: { id: modelId } }, ...asYaml(text) })),
    { changes: ['models'], onDone: ({ version }) => toast(t('drafted', { version })) },
  );
  const failure = tried.error ?? draft.error;
  const isReady = valid !== undefined && !isChecking;
  return (
    <div className={look['split']}>
      <div className={look['part']}>
        <Editor
          label={t('editor', { model: modelId })}
          language="yaml"
          value={text}
          onChange={(now) => onType(now === liveText ? undefined : now)}
          markers={markers}
          complete={complete}
          isReadOnly={!mayWrite}
          height="min(70dvh, 44rem)"
        />
      </div>
      <div className={look['part']}>
        <div className={look['panel']}>
          <div className={look['row']} role="status">
            {isChecking ? (
              <span className={look['soft']}>{t('checking')}</span>
            ) : valid ? (
              <>
                <Badge kind="good">{t('valid', { version: valid.version, rules: valid.rules })}</Badge>
                {valid.version === liveVersion && <span className={look['soft']}>{t('same')}</span>}
              </>
            ) : (
              <Badge kind="bad">{t('problems', { count: Math.max(1, markers.length) })}</Badge>
            )}
          </div>
          {markers.length > 0 ? (
            <ul className={look['problems']}>
              {markers.map(({ line, column, message }) => (
                <li key={`${line} ${column} ${message}`}>{t('problem', { line: String(line), column: String(column), message })}</li>
              ))}
            </ul>
          ) : (
            error != null && !isChecking && <FailedLine error={error} />
          )}
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
                <Button isDisabled={!isReady} isPending={draft.isPending} onPress={() => void draft.tell({})}>
                  {t('draft')}
                </Button>
                {typed !== undefined && (
                  <Button kind="quiet" onPress={() => onType(undefined)}>
                    {t('reset')}
                  </Button>
                )}
              </div>
              {failure && <FailedLine error={failure} />}
            </>
          )}
        </div>
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
      </div>
    </div>
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
        <Button kind="quiet" onPress={onCancel}>
          {t('cancel')}
        </Button>
      </div>
    </div>
  );
}
