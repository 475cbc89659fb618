import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';

export const dossierQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['lead', leadId, 'dossier'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/leads/{id}/dossier', { params: { path: { id: leadId } }, signal })),
  });
