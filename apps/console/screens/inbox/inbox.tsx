import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Clock, Handshake, MousePointerClick } from 'lucide-react';
import { useRef, useState, type KeyboardEvent } from 'react';
import { answerOf, api, now } from '../../api/client';
import { useRepName } from '../../api/reps';
import type { components } from '../../api/types.gen';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { useSession, type Permission } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge, TierBadge } from '../../ui/badge';
import { Button, Chip } from '../../ui/button';
import { Select } from '../../ui/form';
import { More } from '../../ui/more';
import { Empty, Failed, Loading } from '../../ui/states';
import { usePhone } from '../../ui/use-media';
import { walkedTo } from '../../ui/walk';
import { Dossier } from '../../common/dossier';
import { AskOtherSide, HandoffAnswers } from '../../common/handoff-answers';
import { handoffTexts } from '../../common/handoff-texts';
import { useRepOptions } from '../../common/rep-options';
import { inboxTexts } from './inbox-texts';
import look from './inbox.module.css';

type Item = components['schemas']['InboxItem'];

const STATES = ['handed-off', 'accepted', 'in-deal'] as const;
const PAGE = 50;
const EVERYBODY = '*';
const SOON_MS = 3_600_000;

/** Hot leads that are with sales, and what is known of the one that is open beside them. */
export function Inbox() {
  const t = useTexts(inboxTexts);
  const w = useTexts(words);
  const { data: session } = useSession();
  const { state, rep, open } = useSearch({ from: '/inbox' });
  const navigate = useNavigate({ from: '/inbox' });
  const reps = useRepOptions({ withFormer: true });
  const isPhone = usePhone();
  useLive('inbox');
  const wanted = STATES.find((one) => one === state);
  const isWaiting = state === 'waiting';
  const seesAll = session?.permissions.includes('handoffs.read') === true;
  const repId = session?.repId ?? rep;
  const inbox = useInfiniteQuery({
    queryKey: ['inbox', wanted, repId],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/inbox', { params: { query: { state: wanted, rep: repId, limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: session !== undefined && !isWaiting,
  });
  const items = inbox.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = items.find(({ handoffId }) => handoffId === open);
  const show = (change: { state?: string; rep?: string; open?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const isDossierAlone = isPhone && chosen !== undefined;
  return (
    <Page
      title={t('title')}
      kind="full"
      actions={
        seesAll &&
        session.repId === undefined && (
          <Select
            label={t('whose')}
            isLabelHidden
            options={[{ id: EVERYBODY, name: t('everybody') }, ...reps]}
            chosen={rep ?? EVERYBODY}
            onChoose={(id) => show({ rep: id === EVERYBODY ? undefined : id, open: undefined })}
            className={look['whose']}
          />
        )
      }
    >
      {!isDossierAlone && (
        <div className={look['filters']} role="group" aria-label={t('filter')}>
          <Chip isSelected={wanted === undefined && !isWaiting} onChange={() => show({ state: undefined })}>
            {t('all')}
          </Chip>
          {STATES.map((one) => (
            <Chip key={one} isSelected={wanted === one} onChange={() => show({ state: one })}>
              {w(`states.${one}`)}
            </Chip>
          ))}
          {seesAll && (
            <Chip isSelected={isWaiting} onChange={() => show({ state: 'waiting' })}>
              {t('waiting')}
            </Chip>
          )}
        </div>
      )}
      <div className={look['columns']}>
        {!isDossierAlone && (
          <div className={look['list']} tabIndex={0} role="group" aria-label={t('list')}>
            {isWaiting ? (
              <Waiting />
            ) : inbox.isPending ? (
              <Loading rows={8} />
            ) : inbox.data === undefined ? (
              <Failed error={inbox.error} again={() => void inbox.refetch()} />
            ) : items.length === 0 ? (
              <Empty icon={<Handshake />} title={t('empty.title')}>
                {t('empty.words')}
              </Empty>
            ) : (
              <>
                <List items={items} open={open} onOpen={(handoffId) => show({ open: handoffId })} />
                <More of={inbox} />
              </>
            )}
          </div>
        )}
        {(chosen !== undefined || !isPhone) && (
          <div className={look['beside']}>
            {chosen === undefined ? (
              <Empty icon={<MousePointerClick />} title={t('choose.title')}>
                {t('choose.words')}
              </Empty>
            ) : (
              <Opened key={chosen.handoffId} item={chosen} back={isPhone ? () => show({ open: undefined }) : undefined} />
            )}
          </div>
        )}
      </div>
    </Page>
  );
}

function List({ items, open, onOpen }: { items: readonly Item[]; open?: string; onOpen(handoffId: string): void }) {
  const w = useTexts(words);
  const list = useRef<HTMLUListElement>(null);
  const repName = useRepName();
  return (
    <ul ref={list} className={look['items']} onKeyDown={(event) => walk(event, list.current)}>
      {items.map((item) => {
        const { handoffId, profile, tier, state, business, repId } = item;
        return (
          <li key={handoffId}>
            <button type="button" className={look['item']} aria-current={handoffId === open || undefined} onClick={() => onOpen(handoffId)}>
              <span className={look['first']}>
                <span className={look['name']}>{profile.name ?? w('unknownPerson')}</span>
                <TierBadge tier={tier} />
              </span>
              <span className={look['company']}>{[profile.company, profile.department].filter(Boolean).join(' · ')}</span>
              <span className={look['marks']}>
                <Badge>{w(`states.${state}`)}</Badge>
                {business === 'existing' && <Badge kind="accent">{w('business.existing')}</Badge>}
                <Deadline item={item} />
                <span className={look['rep']}>{repName(repId)}</span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function walk(event: KeyboardEvent, list: HTMLElement | null): void {
  const rows = [...(list?.querySelectorAll('button') ?? [])];
  const to = walkedTo(
    event,
    rows.findIndex((row) => row === event.target),
    rows.length,
  );
  if (to === undefined) return;
  rows[to]!.focus();
  event.preventDefault();
}

/** Of what comes next: accept it, then get in touch. */
function Deadline({ item: { state, acceptBy, contactBy, contactedAt } }: { item: Item }) {
  const t = useTexts(handoffTexts);
  const formats = useFormats();
  if (state !== 'handed-off' && (state !== 'accepted' || contactedAt !== undefined)) return null;
  const by = state === 'handed-off' ? acceptBy : contactBy;
  const left = Date.parse(by) - now();
  const when = formats.relative(by, now());
  return (
    <Badge kind={left < 0 ? 'bad' : left < SOON_MS ? 'warm' : 'plain'} icon={<Clock aria-hidden="true" />}>
      {state === 'handed-off' ? t('acceptBy', { when }) : t('contactBy', { when })}
      {left < 0 && ` · ${t('late')}`}
    </Badge>
  );
}

function Opened({ item, back }: { item: Item; back?: () => void }) {
  const t = useTexts(inboxTexts);
  const h = useTexts(handoffTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const repName = useRepName();
  const { data: session } = useSession();
  const { profile, handoffId, repId, state, tier, handedOffAt, takenOverFrom, leadId } = item;
  const name = profile.name ?? w('unknownPerson');
  const [isAsking, setAsking] = useState(false);
  const may = (permission: Permission) => session != null && (session.repId === repId || session.permissions.includes(permission));
  const mayAnswer = may('handoffs.answer');
  const mayAsk = may('questions.answer');
  return (
    <article className={look['opened']} aria-label={`${h('dossier')}: ${name}`}>
      {back && (
        <Button kind="quiet" size="s" icon={<ArrowLeft aria-hidden="true" />} onPress={back} className={look['back']}>
          {t('back')}
        </Button>
      )}
      <header className={look['head']}>
        <div>
          <h2>
            {name} <TierBadge tier={tier} />
          </h2>
          <p className={look['company']}>{[profile.company, profile.department, profile.title].filter(Boolean).join(' · ')}</p>
          <p className={look['marks']}>
            <span className={look['rep']}>
              {t('handedOff', { when: formats.moment(handedOffAt) })} · {repName(repId)}
              {takenOverFrom !== undefined && ` · ${t('takenOver', { name: repName(takenOverFrom) })}`}
            </span>
            <Deadline item={item} />
          </p>
        </div>
        {repId !== undefined && (
          <div className={look['actions']}>
            {mayAnswer && state === 'handed-off' && <HandoffAnswers handoffId={handoffId} repId={repId} name={name} />}
            {mayAsk && (
              <>
                <Button kind="quiet" onPress={() => setAsking(true)} aria-label={`${h('ask')}: ${name}`}>
                  {h('ask')}
                </Button>
                <AskOtherSide handoffId={handoffId} repId={repId} name={name} isOpen={isAsking} onClose={() => setAsking(false)} />
              </>
            )}
          </div>
        )}
      </header>
      <Dossier leadId={leadId} />
    </article>
  );
}

function Waiting() {
  const t = useTexts(inboxTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const { data, error, refetch } = useQuery({
    queryKey: ['inbox', 'waiting'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/inbox/waiting', { params: { query: { limit: 500 } }, signal })),
  });
  if (data === undefined) return error ? <Failed error={error} again={() => void refetch()} /> : <Loading rows={4} />;
  if (data.items.length === 0)
    return (
      <Empty icon={<Handshake />} title={t('emptyWaiting.title')}>
        {t('emptyWaiting.words')}
      </Empty>
    );
  return (
    <ul className={look['items']}>
      {data.items.map(({ leadId, profile, tier, since }) => (
        <li key={leadId} className={look['item']}>
          <span className={look['first']}>
            <span className={look['name']}>{profile.name ?? w('unknownPerson')}</span>
            <TierBadge tier={tier} />
          </span>
          <span className={look['company']}>{profile.company}</span>
          <span className={look['rep']}>{t('waitingSince', { when: formats.moment(since) })}</span>
        </li>
      ))}
    </ul>
  );
}
