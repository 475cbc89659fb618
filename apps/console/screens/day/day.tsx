import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CalendarClock, Phone, Sun, TriangleAlert } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { answerOf, api, now } from '../../api/client';
import { isStale } from '../../api/is-stale';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge, Count } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Select } from '../../ui/form';
import { More } from '../../ui/more';
import { AsOf, Empty, Failed, Loading } from '../../ui/states';
import { walkedTo } from '../../ui/walk';
import { channelName } from '../../common/channel-name';
import { useRepOptions } from '../../common/rep-options';
import { Recorder } from '../../common/recorder';
import { DayActions } from './day-actions';
import { recordKindOf, type DayItem } from './day-item';
import { dayTexts } from './day-texts';
import { keepOpen, keyOf } from './keep-open';
import look from './day.module.css';

const PAGE = 100;

/** What a representative does now, in order. */
export function Day() {
  const t = useTexts(dayTexts);
  const { data: session } = useSession();
  const { rep } = useSearch({ from: '/day' });
  const navigate = useNavigate({ from: '/day' });
  const reps = useRepOptions();
  const repId = session?.repId ?? rep;
  const whose = session?.repId === undefined && (
    <Select
      label={t('whose')}
      isLabelHidden
      options={reps}
      chosen={repId ?? null}
      onChoose={(id) => void navigate({ search: { rep: id }, replace: true })}
      placeholder={t('whose')}
      className={look['whose']}
    />
  );
  if (repId === undefined)
    return (
      <Page title={t('title')} actions={whose}>
        <Empty icon={<Sun />} title={t('nobody.title')}>
          {t('nobody.words')}
        </Empty>
      </Page>
    );
  return <DayOf key={repId} repId={repId} whose={whose} />;
}

function DayOf({ repId, whose }: { repId: string; whose: ReactNode }) {
  const t = useTexts(dayTexts);
  const formats = useFormats();
  useLive('day');
  const asked = useInfiniteQuery({
    queryKey: ['day', repId],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/reps/{id}/day', { params: { path: { id: repId }, query: { limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const { data, error, isPending, refetch } = asked;
  const [open, setOpen] = useState<DayItem>();
  const list = useRef<HTMLDivElement>(null);
  const [day] = data?.pages ?? [];
  const count = day === undefined ? 0 : Object.values(day.counts).reduce((sum, one) => sum + one, 0);
  return (
    <Page
      title={t('title')}
      note={
        day && (
          <span className={look['note']}>
            <span>{formats.day(day.at)}</span>
            <span>{t('left', { count })}</span>
            <AsOf at={formats.clock(day.at)} isStale={isStale(asked)} />
          </span>
        )
      }
      actions={whose || undefined}
    >
      {isPending ? (
        <Loading rows={8} />
      ) : day === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : count === 0 && open === undefined ? (
        <Empty icon={<Sun />} title={t('empty.title')}>
          {t('empty.words')}
        </Empty>
      ) : (
        <div className={look['list']} ref={list} onKeyDown={(event) => walk(event, list.current)}>
          {sectionsOf(
            keepOpen(
              data!.pages.flatMap(({ items }) => items),
              open,
            ),
          ).map(([section, items]) => (
            <section key={section} className={look['section']} aria-labelledby={`day-${section}`}>
              <h2 id={`day-${section}`} data-section={section}>
                {t(`sections.${section}`)} <Count>{formats.number(day.counts[section])}</Count>
              </h2>
              <ul>
                {items.map((item) => (
                  <Row
                    key={keyOf(item)}
                    item={item}
                    repId={repId}
                    isOpen={open !== undefined && keyOf(open) === keyOf(item)}
                    onOpen={(is) => setOpen(is ? item : undefined)}
                  />
                ))}
              </ul>
            </section>
          ))}
          <More of={asked} />
          <p className={look['keys']}>{t('keys')}</p>
        </div>
      )}
    </Page>
  );
}

/** The list is in the order in which to do it, so what follows each other belongs together. */
function sectionsOf(items: readonly DayItem[]): [DayItem['section'], DayItem[]][] {
  const sections = new Map<DayItem['section'], DayItem[]>();
  for (const item of items) sections.set(item.section, [...(sections.get(item.section) ?? []), item]);
  return [...sections];
}

function walk(event: KeyboardEvent, list: HTMLElement | null): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  const at = rows.findIndex((row) => row.closest('li')?.contains(event.target as Node));
  // The arrows are for the tabs of what is recorded.
  const to = walkedTo(event, at, rows.length, 'letters');
  if (to === undefined) return;
  rows[to]!.focus();
  event.preventDefault();
}

function Row({ item, repId, isOpen, onOpen }: { item: DayItem; repId: string; isOpen: boolean; onOpen(is: boolean): void }) {
  const t = useTexts(dayTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const { language } = usePreferences();
  const { profile, consentWithdrawn, what, because, section, text } = item;
  const name = profile.name ?? w('unknownPerson');
  const kind = recordKindOf(item);
  return (
    <li className={look['item']} data-open={isOpen || undefined}>
      <div className={look['row']}>
        <button
          type="button"
          data-row
          className={look['about']}
          aria-expanded={kind === undefined ? undefined : isOpen}
          onClick={() => kind && onOpen(!isOpen)}
        >
          <span className={look['due']} data-late={section === 'overdue' || undefined}>
            {dueOf(item, formats)}
          </span>
          <span className={look['who']}>
            <span className={look['name']}>{name}</span>
            <span className={look['company']}>{[profile.company, profile.department, profile.title].filter(Boolean).join(' · ')}</span>
          </span>
          <span className={look['what']}>
            <span>{what[language]}</span>
            <span className={look['because']}>{because[language]}</span>
            {text !== undefined && <q className={look['text']}>{text}</q>}
          </span>
        </button>
        {consentWithdrawn.length > 0 && (
          <Badge kind="bad" icon={<TriangleAlert aria-hidden="true" />}>
            {t('noContact', { channels: formats.list(consentWithdrawn.map((one) => channelName(one, w))) })}
          </Badge>
        )}
        <div className={look['actions']}>
          <DayActions item={item} repId={repId} name={name} />
          {kind !== undefined && (
            <Button
              kind={isOpen || section === 'accept' ? 'quiet' : 'plain'}
              icon={kind === 'call' ? <Phone aria-hidden="true" /> : <CalendarClock aria-hidden="true" />}
              onPress={() => onOpen(!isOpen)}
              aria-expanded={isOpen}
              aria-label={`${isOpen ? t('close') : t('record')}: ${t('item', { name, what: what[language] })}`}
            >
              {isOpen ? t('close') : t('record')}
            </Button>
          )}
        </div>
      </div>
      {isOpen && kind !== undefined && (
        <div className={look['recorder']}>
          <Recorder
            first={kind}
            of={{
              leadId: item.leadId,
              repId,
              dealId: item.dealId,
              offered: item.offered,
              appointmentId: item.appointmentId,
              scheduledAt: item.scheduledAt,
              actionId: item.actionId,
              name: profile.name,
              uncovered: item.uncovered,
            }}
            onDone={() => onOpen(false)}
          />
        </div>
      )}
    </li>
  );
}

function dueOf({ dueAt, section }: DayItem, formats: ReturnType<typeof useFormats>): string {
  const isToday = formats.dayKey(dueAt) === formats.dayKey(now());
  if (section === 'appointment' || isToday) return isToday ? formats.clock(dueAt) : formats.moment(dueAt);
  return formats.day(dueAt);
}
