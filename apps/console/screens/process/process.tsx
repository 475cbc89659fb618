import { useNavigate, useSearch } from '@tanstack/react-router';
import { Workflow } from 'lucide-react';
import { useState } from 'react';
import { useFormats } from '../../app/formats';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Empty, Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { isAllSaved, saved, typed, type TypedDocuments } from '../../common/typed-documents';
import { Unsaved } from '../../common/unsaved';
import { DocumentEditor } from './document-editor';
import { PastOfDocument } from './document-history';
import { DocumentNow } from './document-now';
import { READS, useDocumentId, useHistory, type DocumentKind } from './documents';
import { processTexts } from './process-texts';
import look from './process.module.css';

const KINDS: readonly DocumentKind[] = ['process', 'policy', 'organisation'];

/** How the company sells, who takes leads within what time, and who works when. */
export function Process() {
  const t = useTexts(processTexts);
  const { data: session } = useSession();
  const navigate = useNavigate({ from: '/process' });
  const search = useSearch({ from: '/process' });
  // What somebody has written and not saved: kept while they look at the rest.
  const [documents, setDocuments] = useState<TypedDocuments>({});
  const kinds = KINDS.filter((kind) => session && mayDo(session, READS[kind]));
  const kind = kinds.find((one) => one === search.of) ?? 'process';
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        chosen={kind}
        onChoose={(of) => void navigate({ search: { of }, replace: true })}
        tabs={kinds.map((id) => ({
          id,
          name: t(`kinds.${id}`),
          content: (
            <OfKind
              key={id}
              kind={id}
              typed={documents[id]}
              onType={(text, isSaved) => setDocuments((before) => typed(before, id, text, isSaved))}
              onSave={(text) => setDocuments((before) => saved(before, id, text))}
            />
          ),
        }))}
      />
      {!isAllSaved(documents) && <Unsaved />}
    </Page>
  );
}

function OfKind(written: Written) {
  const { kind } = written;
  const t = useTexts(processTexts);
  const { data: id, error, isPending, refetch } = useDocumentId(kind);
  if (isPending) return <Loading />;
  if (id === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (id === null)
    return (
      <Empty icon={<Workflow />} title={t('none.title')}>
        {t('none.words')}
      </Empty>
    );
  return <OneDocument {...written} id={id} />;
}

interface Written {
  kind: DocumentKind;
  typed: TypedDocuments[string] | undefined;
  onType(text: string | undefined, isSaved?: boolean): void;
  onSave(text: string): void;
}

function OneDocument({ kind, id, typed: written, onType, onSave }: Written & { id: string }) {
  const t = useTexts(processTexts);
  const formats = useFormats();
  const navigate = useNavigate({ from: '/process' });
  const search = useSearch({ from: '/process' });
  const { data: past, error, isPending, refetch } = useHistory(kind, id);
  const go = (view: string) => void navigate({ search: { ...search, view }, replace: true });
  if (isPending) return <Loading />;
  if (past === undefined) return <Failed error={error} again={() => void refetch()} />;
  const { live } = past;
  return (
    <div className={look['document']}>
      {live && (
        <p className={look['inForce']}>
          <Badge kind="good">{t('version', { version: live.version })}</Badge>
          <span>{live.publishedAt === undefined ? t('ofSettings') : t('since', { at: formats.fullMoment(live.publishedAt) })}</span>
          {written?.isSaved === false && <Badge kind="warm">{t('unsaved')}</Badge>}
        </p>
      )}
      <Tabs
        size="s"
        label={t(`kinds.${kind}`)}
        chosen={search.view ?? 'now'}
        onChoose={go}
        tabs={[
          { id: 'now', name: t('views.now'), content: <DocumentNow kind={kind} id={id} /> },
          {
            id: 'edit',
            name: t('views.edit'),
            content: <DocumentEditor kind={kind} id={id} live={live?.version} typed={written?.text} onType={onType} onSave={onSave} />,
          },
          {
            id: 'history',
            name: t('views.history'),
            content: (
              <PastOfDocument
                kind={kind}
                past={past}
                edit={(text) => {
                  onType(text, true);
                  go('edit');
                }}
              />
            ),
          },
        ]}
      />
    </div>
  );
}
