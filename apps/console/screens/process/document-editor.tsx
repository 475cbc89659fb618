import { useState } from 'react';
import { useCommand } from '../../api/use-command';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { classes } from '../../ui/classes';
import { CancelButton } from '../../ui/cancel-button';
import { Dialog } from '../../ui/dialog';
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { DocumentEditing } from '../../common/document-editing';
import { documentTexts } from '../../common/document-texts';
import { useCompletion } from '../../common/use-completion';
import {
  CHANGES,
  publish,
  saveDraft,
  useCheckedDocument,
  useDifferences,
  useStored,
  SCHEMAS,
  WRITES,
  type DocumentKind,
} from './documents';
import { processTexts } from './process-texts';
import documents from '../../common/documents.module.css';
import look from './process.module.css';

interface Props {
  kind: DocumentKind;
  id: string;
  live: string | undefined;
  typed: string | undefined;
  onType(text: string | undefined): void;
  onSave(text: string): void;
}

/** The document as a text, checked while it is written; nothing counts until it is published. */
export function DocumentEditor(props: Props) {
  const { data, error, isPending, refetch } = useStored(props.kind, props.id);
  if (isPending) return <Loading rows={10} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  return <Editing {...props} text={props.typed ?? data.text} inForce={data.text} />;
}

function Editing({ kind, id, live, typed, onType, onSave, text, inForce }: Props & { text: string; inForce: string }) {
  const t = useTexts(processTexts);
  const d = useTexts(documentTexts);
  const { data: session } = useSession();
  const mayWrite = session != null && mayDo(session, WRITES[kind]);
  const checked = useCheckedDocument(kind, id, text);
  const complete = useCompletion(SCHEMAS[kind]);
  const version = checked.valid?.version;
  const [publishing, setPublishing] = useState<string>();
  const save = useCommand(({ written }: { id: string; written: string }) => saveDraft(kind, id, written), {
    changes: [kind],
    onDone: ({ version: saved }, { written }) => {
      onSave(written);
      toast(d('drafted', { version: saved }));
    },
  });
  // It is published as the draft that was compared.
  const prepare = useCommand((_intent: { id: string }) => saveDraft(kind, id, text), {
    changes: [kind],
    onDone: ({ version: saved }) => setPublishing(saved),
  });
  const failure = save.error ?? prepare.error;
  const isReady = version !== undefined && !checked.isChecking;
  return (
    <>
      <DocumentEditing
        label={t('editor', { kind: t(`kinds.${kind}`) })}
        value={text}
        onChange={(now) => onType(now === inForce ? undefined : now)}
        isReadOnly={!mayWrite}
        complete={complete}
        checked={checked}
        said={(valid) => (
          <>
            <Badge kind="good">{t('valid', { version: valid.version })}</Badge>{' '}
            {valid.version === live && <span className={look['soft']}>{t('same')}</span>}
          </>
        )}
      >
        {mayWrite ? (
          <div className={look['actions']}>
            <Button
              kind="main"
              isDisabled={!isReady || version === live}
              isPending={prepare.isPending}
              onPress={() => void prepare.tell({})}
            >
              {t('publish')}
            </Button>
            <Button isDisabled={!isReady} isPending={save.isPending} onPress={() => void save.tell({ written: text })}>
              {d('draft')}
            </Button>
            {typed !== undefined && (
              <Button kind="quiet" onPress={() => onType(undefined)}>
                {d('reset')}
              </Button>
            )}
          </div>
        ) : (
          <p className={look['soft']}>{t('readOnly')}</p>
        )}
        {failure && <FailedLine error={failure} />}
      </DocumentEditing>
      {publishing !== undefined && (
        <Publishing
          kind={kind}
          id={id}
          version={publishing}
          close={() => setPublishing(undefined)}
          onDone={() => {
            setPublishing(undefined);
            onType(undefined);
          }}
        />
      )}
    </>
  );
}

function Publishing({
  kind,
  id,
  version,
  close,
  onDone,
}: {
  kind: DocumentKind;
  id: string;
  version: string;
  close(): void;
  onDone(): void;
}) {
  const t = useTexts(processTexts);
  const differences = useDifferences(kind, id, version);
  const tell = useCommand((_intent: { id: string }) => publish(kind, id, version), {
    changes: [kind, ...CHANGES],
    onDone: () => {
      toast(t('published', { version }));
      onDone();
    },
  });
  return (
    <Dialog
      title={t('publishTitle', { version })}
      isOpen
      onClose={close}
      kind="wide"
      actions={
        <>
          <CancelButton kind="plain" onPress={close} />
          <Button kind="main" isPending={tell.isPending} onPress={() => void tell.tell({})}>
            {t('publishNow')}
          </Button>
        </>
      }
    >
      <p>{t('publishWords')}</p>
      {tell.error && <FailedLine error={tell.error} />}
      {differences.isPending ? (
        <Loading rows={3} />
      ) : differences.error ? (
        <FailedLine error={differences.error} />
      ) : differences.data.differences.length === 0 ? (
        <p className={look['soft']}>{t('noDifferences')}</p>
      ) : (
        <div className={documents['scroll']} tabIndex={0} role="group" aria-label={t('differences')}>
          <table className={classes(documents['table'], look['differences'])}>
            <caption>{t('differences')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('place')}</th>
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('after')}</th>
              </tr>
            </thead>
            <tbody>
              {differences.data.differences.map(({ path, before, after }) => (
                <tr key={path}>
                  <th scope="row">
                    <code>{path}</code>
                  </th>
                  <td data-side="before">{shown(before)}</td>
                  <td data-side="after">{shown(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}

const shown = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
