import { useQueries } from '@tanstack/react-query';
import { useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { now } from '../../api/client';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Chip } from '../../ui/button';
import { Failed, Loading } from '../../ui/states';
import { actsQuery, type Entry, type Person } from './account-queries';
import { accountTexts } from './account-texts';
import look from './account.module.css';

const MOST_PEOPLE = 12;
const SPANS = [30, 90, 365];
const DAY = 86_400_000;
const LINE = 34;
const TICKS = 5;

/** What everybody did on one axis of time: who moved when, and what came of our own acts. */
export function AccountActivity({ people, peopleInAll }: { people: readonly Person[]; peopleInAll: number }) {
  const t = useTexts(accountTexts);
  const formats = useFormats();
  const { language } = usePreferences();
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState<{ entry: Entry; name: string }>();
  const w = useTexts(words);
  const shown = people.slice(0, MOST_PEOPLE);
  const acts = useQueries({ queries: shown.map(({ leadId }) => actsQuery(leadId)) });
  const until = now();
  const from = until - days * DAY;
  const failed = acts.find(({ isError }) => isError);
  return (
    <section className={look['section']} aria-label={t('activity')}>
      <h2>{t('activity')}</h2>
      <div className={look['choices']}>
        <div role="group" aria-label={t('span')}>
          {SPANS.map((one) => (
            <Chip key={one} isSelected={days === one} onChange={() => setDays(one)}>
              {t('days', { days: String(one) })}
            </Chip>
          ))}
        </div>
        <span className={look['legend']}>
          <i data-lane="customer" /> {t('customer')} <i data-lane="seller" /> {t('seller')}
        </span>
      </div>
      {acts.some(({ isPending }) => isPending) ? (
        <Loading rows={Math.min(6, shown.length)} />
      ) : failed ? (
        <Failed error={failed.error} again={() => void failed.refetch()} />
      ) : (
        <div className={look['activity']}>
          {shown.map((person, place) => (
            <Lanes
              key={person.leadId}
              name={person.profile.name ?? w('unknownPerson')}
              entries={(acts[place]!.data ?? []).filter(({ occurredAt }) => Date.parse(occurredAt) >= from)}
              from={from}
              until={until}
              chosen={chosen?.entry.eventId}
              onChoose={(entry) => setChosen(entry && { entry, name: person.profile.name ?? w('unknownPerson') })}
            />
          ))}
          <div className={look['axis']} aria-hidden="true">
            {Array.from({ length: TICKS }, (_, place) => (
              <span key={place}>{formats.day(from + ((until - from) * place) / (TICKS - 1))}</span>
            ))}
          </div>
          <p className={look['chosen']} aria-live="polite">
            {chosen ? (
              <>
                <strong>{chosen.name}</strong> <time>{formats.moment(chosen.entry.occurredAt)}</time> {chosen.entry.summary[language]}
              </>
            ) : (
              <span className={look['soft']}>
                {t('choose')}
                {peopleInAll > shown.length &&
                  ` · ${t('shownOf', { shown: formats.number(shown.length), all: formats.number(peopleInAll) })}`}
              </span>
            )}
          </p>
        </div>
      )}
    </section>
  );
}

function Lanes({
  name,
  entries,
  from,
  until,
  chosen,
  onChoose,
}: {
  name: string;
  /** Newest first. */
  entries: readonly Entry[];
  from: number;
  until: number;
  chosen: string | undefined;
  onChoose(entry: Entry | undefined): void;
}) {
  const t = useTexts(accountTexts);
  const { language } = usePreferences();
  const formats = useFormats();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    const seen = new ResizeObserver(() => setWidth(element.clientWidth));
    seen.observe(element);
    setWidth(element.clientWidth);
    return () => seen.disconnect();
  }, []);
  const x = (at: string) => 4 + ((Date.parse(at) - from) / (until - from)) * (width - 8);
  const at = entries.findIndex(({ eventId }) => eventId === chosen);
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
    if (step === undefined || entries.length === 0) return;
    onChoose(entries[at === -1 ? 0 : Math.min(entries.length - 1, Math.max(0, at + step))]);
    event.preventDefault();
  };
  const said = entries[at];
  return (
    <div className={look['lane']}>
      <span className={look['who']}>{name}</span>
      <div
        ref={frame}
        className={look['dots']}
        role="slider"
        tabIndex={0}
        aria-label={`${name}: ${t('acts', { count: entries.length })}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, entries.length - 1)}
        aria-valuenow={at === -1 ? 0 : entries.length - 1 - at}
        aria-valuetext={said ? `${formats.moment(said.occurredAt)} ${said.summary[language]}` : t('acts', { count: entries.length })}
        onKeyDown={walk}
      >
        {width > 0 && (
          <svg width={width} height={LINE} aria-hidden="true">
            <line x1="0" x2={width} y1={LINE / 2} y2={LINE / 2} />
            {entries.map((entry) => (
              <circle
                key={entry.eventId}
                cx={x(entry.occurredAt)}
                cy={entry.lane === 'customer' ? LINE / 2 - 6 : LINE / 2 + 6}
                r={entry.eventId === chosen ? 5 : 3.5}
                data-lane={entry.lane}
                data-chosen={entry.eventId === chosen || undefined}
                onPointerEnter={() => onChoose(entry)}
                onPointerDown={() => onChoose(entry)}
              />
            ))}
          </svg>
        )}
      </div>
    </div>
  );
}
