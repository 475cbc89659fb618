import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { SearchX, Users } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useRepName } from '../../api/reps';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { useWords } from '../../app/use-words';
import { words } from '../../app/words';
import { TierBadge } from '../../ui/badge';
import { Button, Chip } from '../../ui/button';
import { classes } from '../../ui/classes';
import { Field, Select } from '../../ui/form';
import { More } from '../../ui/more';
import { Empty, Failed, Loading } from '../../ui/states';
import { usePhone } from '../../ui/use-media';
import { isTyping, walkedTo } from '../../ui/walk';
import { useRepOptions } from '../../common/rep-options';
import { StateBadge } from '../../common/state-badge';
import { mainScore } from '../../common/scores';
import { leadsQuery, ORDERS, TIERS, type LeadRow, type LeadsAsked } from './leads-query';
import { leadsTexts } from './leads-texts';
import look from './leads.module.css';

const EVERYBODY = '-';
const LINE = { wide: 44, narrow: 64 };
/** So many rows before the end the next page is asked for. */
const AHEAD = 60;

/** All leads, or those of a representative, found by words, tier and who has them. */
export function Leads() {
  const t = useTexts(leadsTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const { data: session } = useSession();
  const search = useSearch({ from: '/leads' });
  const navigate = useNavigate({ from: '/leads' });
  const reps = useRepOptions({ withFormer: true });
  const isRep = session?.repId !== undefined && !session.permissions.includes('leads.read');
  const [q, setQ] = useWords(search.q ?? '', (words) => void navigate({ search: { ...search, q: words || undefined }, replace: true }));
  const tier = TIERS.find((one) => one === search.tier);
  const sort = tier === undefined ? (ORDERS.find((one) => one === search.sort) ?? 'recent') : 'score';
  const asked: LeadsAsked = { q: search.q?.trim() || undefined, rep: isRep ? session.repId : search.rep, tier, sort };
  const list = useInfiniteQuery({ ...leadsQuery(asked), placeholderData: (before) => before });
  useLive('leads');
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const inAll = list.data?.pages[0]?.leadsInAll;
  const hasConditions = asked.q !== undefined || tier !== undefined || search.rep !== undefined;
  const change = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next }, replace: true });
  return (
    <Page
      title={t('title')}
      note={
        list.data && (
          <span className={look['note']} role="status">
            {inAll === undefined
              ? list.data.pages[0]!.items.length < 200
                ? t('count', { count: rows.length })
                : t('top', { count: formats.number(rows.length) })
              : t('count', { count: inAll })}
          </span>
        )
      }
    >
      <div className={look['filters']} role="search">
        <Field
          label={t('search')}
          isLabelHidden
          type="search"
          placeholder={t('search')}
          value={q}
          onChange={setQ}
          className={look['search']}
        />
        <div className={look['tiers']} role="group" aria-label={t('tier')}>
          <Chip isSelected={tier === undefined} onChange={() => change({ tier: undefined })}>
            {t('all')}
          </Chip>
          {TIERS.map((one) => (
            <Chip key={one} isSelected={tier === one} onChange={(is) => change({ tier: is ? one : undefined })}>
              {w(`tiers.${one}`)}
            </Chip>
          ))}
        </div>
        {!isRep && (
          <Select
            label={t('rep')}
            isLabelHidden
            className={look['choose']}
            options={[{ id: EVERYBODY, name: t('everybody') }, ...reps]}
            chosen={search.rep ?? EVERYBODY}
            onChoose={(id) => change({ rep: id === EVERYBODY ? undefined : id })}
          />
        )}
        <Select
          label={t('sort')}
          isLabelHidden
          className={look['order']}
          isDisabled={tier !== undefined}
          options={ORDERS.map((one) => ({ id: one, name: t(`sorts.${one}`) }))}
          chosen={sort}
          onChoose={(id) => change({ sort: id === 'recent' ? undefined : id })}
        />
      </div>
      {list.isPending ? (
        <Loading rows={12} />
      ) : list.data === undefined ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        hasConditions ? (
          <Empty
            icon={<SearchX />}
            title={t('nothing.title')}
            action={<Button onPress={() => void navigate({ search: {}, replace: true })}>{t('reset')}</Button>}
          >
            {t('nothing.words')}
          </Empty>
        ) : (
          <Empty icon={<Users />} title={t(isRep ? 'own.title' : 'none.title')}>
            {t(isRep ? 'own.words' : 'none.words')}
          </Empty>
        )
      ) : (
        <>
          <Rows
            rows={rows}
            inAll={inAll ?? rows.length}
            hasMore={list.hasNextPage}
            more={() => !list.isFetchingNextPage && !list.isFetchNextPageError && void list.fetchNextPage()}
          />
          {list.isFetchNextPageError && <More of={list} />}
          <p className={look['keys']}>{t('keys')}</p>
        </>
      )}
    </Page>
  );
}

/** Those that are seen, of any number. */
function Rows({ rows, inAll, hasMore, more }: { rows: readonly LeadRow[]; inAll: number; hasMore: boolean; more(): void }) {
  const t = useTexts(leadsTexts);
  const isNarrow = usePhone();
  const line = isNarrow ? LINE.narrow : LINE.wide;
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), [isNarrow]);
  const virtual = useWindowVirtualizer({
    count: hasMore ? rows.length + 1 : rows.length,
    estimateSize: () => line,
    overscan: 12,
    scrollMargin: top,
  });
  useEffect(() => virtual.measure(), [line, virtual]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) more();
  });
  useEffect(() => {
    const keys = (event: globalThis.KeyboardEvent) => {
      const { target, key, metaKey, ctrlKey, altKey } = event;
      if (metaKey || ctrlKey || altKey || isTyping(target)) return;
      if (key === '/') document.querySelector<HTMLElement>('input[type=search]')?.focus();
      else if (key === 'j' && !list.current?.contains(target as Node)) focusOn(0);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  });
  const focusOn = (place: number) => {
    virtual.scrollToIndex(place);
    const focus = (tries: number) => {
      const link = list.current?.querySelector<HTMLElement>(`[data-index="${place}"] a`);
      if (link) link.focus({ preventScroll: true });
      else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
    };
    requestAnimationFrame(() => focus(10));
  };
  const walk = (event: KeyboardEvent) => {
    const at = Number((event.target as HTMLElement).closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1);
    const to = walkedTo(event, at, rows.length);
    if (to === undefined) return;
    focusOn(to);
    event.preventDefault();
    event.stopPropagation();
  };
  const columns = ['who', 'company', 'tier', 'score', 'state', 'rep', 'last', 'cools'] as const;
  return (
    <div className={look['table']} role="table" aria-label={t('title')} aria-rowcount={inAll + 1} onKeyDown={walk}>
      <div role="rowgroup">
        <div className={look['columns']} role="row" aria-rowindex={1}>
          {columns.map((one) => (
            <span key={one} role="columnheader" className={classes(look[one], one === 'score' && look['number'])}>
              {t(`columns.${one}`)}
            </span>
          ))}
        </div>
      </div>
      <div ref={list} className={look['rows']} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const row = rows[index];
          const style = { height: line, transform: `translateY(${start - top}px)` };
          return row ? (
            <Row key={row.leadId} row={row} index={index} style={style} />
          ) : (
            <div key="waiting" className={look['row']} role="row" aria-rowindex={index + 2} style={style}>
              <span role="cell" aria-label={t('loadingMore')} className={look['waiting']} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Row({ row, index, style }: { row: LeadRow; index: number; style: { height: number; transform: string } }) {
  const w = useTexts(words);
  const formats = useFormats();
  const nameOf = useRepName();
  const { leadId, profile = {}, tier, scores, state, repId, lastActivityAt, coolsAt } = row;
  const score = mainScore(scores);
  return (
    <div className={look['row']} role="row" aria-rowindex={index + 2} data-index={index} style={style}>
      <span role="cell" className={look['who']}>
        <Link to="/leads/$leadId" params={{ leadId }} className={look['open']}>
          {profile.name ?? w('unknownPerson')}
        </Link>
      </span>
      <span role="cell" className={look['company']}>
        {profile.company}
        {profile.title && <span className={look['soft']}> {profile.title}</span>}
      </span>
      <span role="cell" className={look['tier']}>
        <TierBadge tier={tier} />
      </span>
      <span role="cell" className={classes(look['score'], look['number'])}>
        {score === undefined ? '' : formats.number(score)}
      </span>
      <span role="cell" className={look['state']}>
        <StateBadge state={state} />
      </span>
      <span role="cell" className={classes(look['rep'], look['soft'])}>
        {repId === undefined ? '' : nameOf(repId)}
      </span>
      <span role="cell" className={classes(look['last'], look['soft'])}>
        {lastActivityAt === undefined ? '' : formats.relative(lastActivityAt)}
      </span>
      <span role="cell" className={classes(look['cools'], look['soft'])}>
        {coolsAt === undefined ? '' : formats.day(coolsAt)}
      </span>
    </div>
  );
}
