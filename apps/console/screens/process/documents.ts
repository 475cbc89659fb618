import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client';
import type { Permission } from '../../app/session';
import { useChecked, yamlBody } from '../../common/document-text';

/** Documents that people write, and that live alike: drafted, published, rolled back. */
export type DocumentKind = 'process' | 'policy' | 'organisation';

const BASES = { process: '/v1/processes/{id}', policy: '/v1/policies/{id}', organisation: '/v1/organisation' } as const;
type Verb = '' | '/history' | '/compare' | '/validate' | '/drafts' | '/publish' | '/rollback';
/** Those of all kinds ask and answer alike, so they are typed as one. */
const pathOf = <V extends Verb>(kind: DocumentKind, verb: V) => `${BASES[kind]}${verb}` as `/v1/processes/{id}${V}`;

export const READS: Record<DocumentKind, Permission> = {
  process: 'processes.read',
  policy: 'policies.read',
  organisation: 'organisation.read',
};
export const WRITES: Record<DocumentKind, Permission> = {
  process: 'processes.write',
  policy: 'policies.write',
  organisation: 'organisation.write',
};

/** What says of each what may be written in it. */
export const SCHEMAS = { process: 'sales-process', policy: 'handoff-policy', organisation: 'organisation' } as const satisfies Record<
  DocumentKind,
  string
>;

/** What else is otherwise, once another version is in force. */
export const CHANGES = ['day', 'lead', 'reps'] as const;

const params = (id: string) => ({ path: { id } });
/** The document of the API does not say of these that there is an id in their path. */
const unsaid = (id: string) => params(id) as never;
/** The one in use. */
export function useDocumentId(kind: DocumentKind) {
  return useQuery({
    queryKey: [kind, 'list'],
    queryFn: async ({ signal }) => {
      if (kind === 'organisation') return 'organisation';
      const { items } = await answerOf(kind === 'process' ? api.GET('/v1/processes', { signal }) : api.GET('/v1/policies', { signal }));
      return (items.find(({ inUse }) => inUse) ?? items[0])?.id ?? null;
    },
  });
}

export const useHistory = (kind: DocumentKind, id: string) =>
  useQuery({
    queryKey: [kind, 'history', id],
    queryFn: ({ signal }) => answerOf(api.GET(pathOf(kind, '/history'), { params: params(id), signal })),
  });

export const askStored = (kind: DocumentKind, id: string, version?: string, signal?: AbortSignal) =>
  api.GET(pathOf(kind, ''), { params: { ...params(id), query: version === undefined ? {} : { version } }, signal });

export const useStored = (kind: DocumentKind, id: string) =>
  useQuery({ queryKey: [kind, 'document', id], queryFn: ({ signal }) => answerOf(askStored(kind, id, undefined, signal)) });

export const useDifferences = (kind: DocumentKind, id: string, version: string) =>
  useQuery({
    queryKey: [kind, 'compare', id, version],
    queryFn: ({ signal }) => answerOf(api.GET(pathOf(kind, '/compare'), { params: { ...params(id), query: { version } }, signal })),
  });

export const saveDraft = (kind: DocumentKind, id: string, text: string) =>
  answerOf(api.POST(pathOf(kind, '/drafts'), { params: unsaid(id), ...yamlBody(text) }));
export const publish = (kind: DocumentKind, id: string, version: string) =>
  answerOf(api.POST(pathOf(kind, '/publish'), { params: unsaid(id), body: { version } }));
export const rollBack = (kind: DocumentKind, id: string, from: string) =>
  answerOf(api.POST(pathOf(kind, '/rollback'), { params: unsaid(id), body: { from } }));

export const useCheckedDocument = (kind: DocumentKind, id: string, text: string) =>
  useChecked([kind, id], text, (asked, signal) =>
    answerOf(api.POST(pathOf(kind, '/validate'), { params: unsaid(id), ...yamlBody(asked), signal })),
  );
