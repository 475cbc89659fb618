import { useInfiniteQuery } from '@tanstack/react-query';
import { Bot, Building2, CircleSlash, UserRound } from 'lucide-react';
import { useState } from 'react';
import { now } from '../../api/client';
import { useRepName } from '../../api/reps';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Chip } from '../../ui/button';
import { Failed, Loading } from '../../ui/states';
import { More } from '../../ui/more';
import { timelineQuery, type Entry, type Lane } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

const LANES = ['customer', 'seller', 'engine'] as const;
const MARKS = { customer: UserRound, seller: Building2, engine: Bot };
/** What follows each other within it, and is alike, is one line. */
const ALIKE_MS = 30 * 60_000;

/** What happened, newest first: the customer's acts on one side, ours on the other, decisions of the engine between. */
export function LeadTimeline({ leadId }: { leadId: string }) {
  const t = useTexts(leadTexts);
  const formats = useFormats();
  const [lane, setLane] = useState<Lane>();
  const asked = useInfiniteQuery(timelineQuery(leadId, lane));
  const { data, error, isPending, refetch } = asked;
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  const days = new Map<string, Entry[][]>();
  for (const group of groupsOf(entries)) {
    const day = formats.dayKey(group[0]!.occurredAt);
    days.set(day, [...(days.get(day) ?? []), group]);
  }
  return (
    <div>
      <div className={look['choices']} role="group" aria-label={t('timeline.lane')}>
        <Chip isSelected={lane === undefined} onChange={() => setLane(undefined)}>
          {t('timeline.lanes.all')}
        </Chip>
        {LANES.map((one) => (
          <Chip key={one} isSelected={lane === one} onChange={(is) => setLane(is ? one : undefined)}>
            {t(`timeline.lanes.${one}`)}
          </Chip>
        ))}
      </div>
      {isPending ? (
        <Loading rows={6} />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : entries.length === 0 ? (
        <p className={look['quiet']}>{t('timeline.empty')}</p>
      ) : (
        <div className={look['timeline']}>
          <div className={look['lanes']} aria-hidden="true">
            <span>{t('timeline.lanes.customer')}</span>
            <span />
            <span>{t('timeline.lanes.seller')}</span>
          </div>
          {[...days].map(([day, groups]) => (
            <section key={day} aria-label={formats.day(groups[0]![0]!.occurredAt)}>
              <h3>{dayWithYear(groups[0]![0]!.occurredAt, formats)}</h3>
              <ol>
                {groups.map((group) => (
                  <Line key={group[0]!.eventId} group={group} />
                ))}
              </ol>
            </section>
          ))}
          <More of={asked}>{t('timeline.more')}</More>
        </div>
      )}
    </div>
  );
}

const dayWithYear = (at: string, formats: ReturnType<typeof useFormats>): string =>
  formats.dayKey(at).slice(0, 4) === formats.dayKey(now()).slice(0, 4)
    ? formats.day(at)
    : `${formats.dayKey(at).slice(0, 4)} ${formats.day(at)}`;

/** Acts of the same kind by the same side that follow each other closely. */
function groupsOf(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (
      before &&
      before.type === entry.type &&
      before.lane === entry.lane &&
      entry.lane === 'customer' &&
      before.voided === undefined &&
      entry.voided === undefined &&
      Date.parse(before.occurredAt) - Date.parse(entry.occurredAt) < ALIKE_MS
    )
      last!.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

function Line({ group }: { group: readonly Entry[] }) {
  const t = useTexts(leadTexts);
  const formats = useFormats();
  const nameOf = useRepName();
  const { language } = usePreferences();
  const [first, ...others] = group as [Entry, ...Entry[]];
  const Mark = MARKS[first.lane];
  return (
    <li className={look['entry']} data-lane={first.lane} data-voided={first.voided ? true : undefined}>
      <span className={look['node']}>
        <Mark aria-label={t(`timeline.lanes.${first.lane}`)} />
      </span>
      <div className={look['told']}>
        <p>
          <time dateTime={first.occurredAt}>{formats.clock(first.occurredAt)}</time>
          <span className={look['summary']}>{first.summary[language]}</span>
        </p>
        <p className={look['quiet']}>
          {first.lane === 'seller' && first.actor.kind === 'rep' && <span>{nameOf(first.actor.id)}</span>}
          {first.voided && (
            <Badge icon={<CircleSlash aria-hidden="true" />}>
              {t('timeline.voided', { reason: t(`timeline.reasons.${first.voided.reason}`) })}
            </Badge>
          )}
        </p>
        {others.length > 0 && (
          <details className={look['others']}>
            <summary>{t('timeline.grouped', { count: String(others.length) })}</summary>
            <ul>
              {others.map((one) => (
                <li key={one.eventId}>
                  <time dateTime={one.occurredAt}>{formats.clock(one.occurredAt)}</time> {one.summary[language]}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </li>
  );
}
