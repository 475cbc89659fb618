import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { usePaused } from '../../app/use-paused';
import { Badge } from '../../ui/badge';
import { Field } from '../../ui/form';
import { More } from '../../ui/more';
import { Rows } from '../../ui/rows';
import { Empty, Failed, Loading } from '../../ui/states';
import { actorIn } from './asked-actor';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

const PAGE = 100;
const PAUSE_MS = 300;

export function Audit() {
  const t = useTexts(operationsTexts);
  const formats = useFormats();
  const [actor, setActor] = useState('');
  const [lead, setLead] = useState('');
  const who = usePaused(actor.trim(), PAUSE_MS);
  const about = usePaused(lead.trim(), PAUSE_MS);
  // Of keys and of people alike.
  const query = { ...(who !== '' && { person: who }), ...(about !== '' && { lead: about }), limit: PAGE };
  const entries = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal, pageParam }) => answerOf(api.GET('/v1/audit', { params: { query: { ...query, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: (before) => before,
  });
  const { data, error, isPending, refetch } = entries;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={look['part']}>
      <div className={look['form']}>
        <Field label={t('audit.actor')} type="search" value={actor} onChange={(typed) => setActor(actorIn(typed))} />
        <Field label={t('audit.lead')} type="search" value={lead} onChange={setLead} />
      </div>
      {isPending ? (
        <Loading />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : items.length === 0 ? (
        <Empty icon={<ScrollText />} title={t('audit.none.title')}>
          {t('audit.none.words')}
        </Empty>
      ) : (
        <>
          <Rows
            label={t('parts.audit')}
            rows={items}
            keyOf={({ eventId }) => eventId}
            columns={[
              { id: 'at', name: t('audit.at'), cell: ({ at }) => formats.fullMoment(at) },
              {
                id: 'who',
                name: t('audit.who'),
                cell: ({ actor: { id, by: through = id, name = through } }) => (through === id ? name : `${id} (${name})`),
              },
              { id: 'what', name: t('audit.what'), isName: true, cell: ({ route }) => route },
              {
                id: 'about',
                name: t('audit.about'),
                cell: ({ leadId, targets = [], sql }) => sql ?? [leadId, ...targets].filter(Boolean).join(', '),
              },
              { id: 'from', name: t('audit.from'), cell: ({ address }) => address },
              {
                id: 'outcome',
                name: t('audit.outcome'),
                cell: ({ outcome }) => <Badge kind={outcome === 'done' ? 'good' : 'bad'}>{t(`audit.outcomes.${outcome}`)}</Badge>,
              },
            ]}
          />
          <div className={look['row']}>
            <More of={entries}>{t('audit.more')}</More>
          </div>
        </>
      )}
    </div>
  );
}
