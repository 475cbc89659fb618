import { FileUp } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { FileTrigger, DropZone } from 'react-aria-components';
import { answerOf, api, now } from '../../api/client';
import { LEAD_CHANGES } from '../../api/reads';
import { useCommand } from '../../api/use-command';
import type { components } from '../../api/types.gen';
import { useTimeZone } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { clockOf, momentOf } from '../../app/zoned';
import { Button, Chip } from '../../ui/button';
import { Field, Select } from '../../ui/form';
import { FailedLine, Loading } from '../../ui/states';
import { useRepOptions } from '../../common/rep-options';
import { cardOf, FIELDS, guess, type Card, type Field as CardField, type Mapping } from './card-mapping';
import { cardsTexts } from './cards-texts';
import { rowsOf, textOf } from './read-csv';
import { classes } from '../../ui/classes';
import frame from '../../ui/frame.module.css';
import look from './cards.module.css';

type Recorded = components['schemas']['RecordedCards'];
type Result = Recorded['results'][number] & { row: number };

const AT_A_TIME = 1_000;
const SHOWN = 8;
const PROBLEMS = 100;
const NONE = '-';

interface Table {
  file: string;
  header: string[];
  rows: string[][];
}

/** Cards from a file of any layout, looked at by the engine before anything is recorded. */
export function CardImport({ own, onDone }: { own: string | undefined; onDone(): void }) {
  const t = useTexts(cardsTexts);
  const [table, setTable] = useState<Table>();
  const open = async (file: File | undefined) => {
    if (!file) return;
    const [header = [], ...rows] = rowsOf(textOf(new Uint8Array(await file.arrayBuffer())));
    setTable({ file: file.name, header, rows });
  };
  return (
    <div className={look['import']}>
      <DropZone
        className={look['drop']!}
        aria-label={t('tabs.import')}
        onDrop={({ items }) => {
          const file = items.find((one) => one.kind === 'file');
          if (file) void file.getFile().then(open);
        }}
      >
        <FileTrigger acceptedFileTypes={['.csv', '.tsv', '.txt', 'text/csv']} onSelect={(files) => void open(files?.[0])}>
          <Button kind={table ? 'plain' : 'main'} icon={<FileUp aria-hidden="true" />}>
            {t(table ? 'import.another' : 'import.file')}
          </Button>
        </FileTrigger>
        {table ? (
          <strong>{t('import.rows', { file: table.file, count: table.rows.length })}</strong>
        ) : (
          <span className={look['soft']}>{t('import.fileHint')}</span>
        )}
      </DropZone>
      {table && table.rows.length === 0 && <p role="alert">{t('import.empty')}</p>}
      {table && table.rows.length > 0 && <Mapped key={`${table.file} ${table.rows.length}`} table={table} own={own} onDone={onDone} />}
    </div>
  );
}

function Mapped({ table: { header, rows }, own, onDone }: { table: Table; own: string | undefined; onDone(): void }) {
  const t = useTexts(cardsTexts);
  const reps = useRepOptions();
  const timeZone = useTimeZone();
  const [mapping, setMapping] = useState<Mapping>(() => guess(header));
  const [rep, setRep] = useState(own ?? null);
  const [place, setPlace] = useState<'onsite' | 'online'>('onsite');
  const [day, setDay] = useState(() => clockOf(now(), timeZone).slice(0, 10));
  const hasName = [mapping.name, mapping.familyName, mapping.givenName, mapping.company].some((one) => one !== undefined);
  const isReady = hasName && rep !== null && !Number.isNaN(momentOf(`${day}T00:00`, timeZone));
  const cards = useMemo(
    () => (isReady ? rows.map((row) => cardOf(row, mapping, { repId: rep, place, day, timeZone })) : undefined),
    [isReady, rows, mapping, rep, place, day, timeZone],
  );
  return (
    <>
      <section className={look['section']} aria-label={t('import.mapping')}>
        <h2>{t('import.mapping')}</h2>
        <div className={look['mapping']}>
          {FIELDS.map((field) => (
            <Select
              key={field}
              label={t(`import.fields.${field}`)}
              options={[
                { id: NONE, name: t('import.none') },
                ...header.map((name, at) => ({ id: String(at), name: name || String(at + 1) })),
              ]}
              chosen={mapping[field] === undefined ? NONE : String(mapping[field])}
              onChoose={(id) => setMapping(withColumn(mapping, field, id === NONE ? undefined : Number(id)))}
            />
          ))}
          {own === undefined && <Select label={t('import.of')} isRequired options={reps} chosen={rep} onChoose={setRep} />}
          <Field label={t('import.day')} type="date" value={day} max={clockOf(now(), timeZone).slice(0, 10)} onChange={setDay} />
          <div className={look['place']}>
            <span>{t('import.place')}</span>
            <div className={look['chips']} role="group" aria-label={t('import.place')}>
              {(['onsite', 'online'] as const).map((one) => (
                <Chip key={one} isSelected={place === one} onChange={() => setPlace(one)}>
                  {t(`import.places.${one}`)}
                </Chip>
              ))}
            </div>
          </div>
        </div>
        {!hasName && <p role="alert">{t('import.needsName')}</p>}
      </section>
      {cards && <Preview cards={cards} onDone={onDone} />}
    </>
  );
}

function withColumn(mapping: Mapping, field: CardField, column: number | undefined): Mapping {
  const { [field]: _former, ...others } = mapping;
  return column === undefined ? others : { ...others, [field]: column };
}

const send = (cards: readonly Card[], preview: boolean) => answerOf(api.POST('/v1/cards', { body: { cards: cards as never, preview } }));

/** What is wrong with which, told by the engine as it would when it records them. */
function Preview({ cards, onDone }: { cards: readonly Card[]; onDone(): void }) {
  const t = useTexts(cardsTexts);
  const [looked, setLooked] = useState<{ of: readonly Card[]; results?: Result[]; error?: unknown }>();
  const [sent, setSent] = useState(0);
  const [answer, setAnswer] = useState<{ sums: Record<'accepted' | 'duplicates' | 'conflicts' | 'rejected', number>; results: Result[] }>();
  useEffect(() => {
    let isWanted = true;
    const look = async () => {
      try {
        const results = await inParts(cards, true);
        if (isWanted) setLooked({ of: cards, results });
      } catch (error) {
        if (isWanted) setLooked({ of: cards, error });
      }
    };
    const pause = setTimeout(() => void look(), 300);
    return () => {
      isWanted = false;
      clearTimeout(pause);
    };
  }, [cards]);
  const results = looked?.of === cards ? looked.results : undefined;
  const wrong = results?.filter(({ result }) => result === 'rejected') ?? [];
  const good = results ? cards.filter((_, place) => results[place]!.result !== 'rejected') : [];
  const { tell, error, isPending } = useCommand(
    async ({ id: _same }: { id: string }) => {
      // The ids of the cards make it safe to send them again.
      const told = await inParts(good, false, setSent);
      const count = (of: Result['result']) => told.filter(({ result }) => result === of).length;
      return {
        sums: { accepted: count('accepted'), duplicates: count('duplicate'), conflicts: count('conflict'), rejected: count('rejected') },
        results: told,
      };
    },
    { changes: LEAD_CHANGES, onDone: setAnswer },
  );
  if (answer)
    return (
      <section className={look['handOver']} role="status">
        <strong>
          {t('import.done', {
            accepted: String(answer.sums.accepted),
            duplicates: String(answer.sums.duplicates),
            conflicts: String(answer.sums.conflicts),
            rejected: String(answer.sums.rejected),
          })}
        </strong>
        <Problems results={answer.results.filter(({ result }) => result === 'conflict' || result === 'rejected')} cards={good} />
        <p className={look['soft']}>{t('import.again')}</p>
        <Button kind="main" onPress={onDone}>
          {t('import.toList')}
        </Button>
      </section>
    );
  return (
    <section className={look['section']} aria-label={t('import.preview')}>
      <h2>
        {t('import.preview')}{' '}
        <span className={look['soft']}>
          {t('import.first', { count: String(Math.min(SHOWN, cards.length)), all: String(cards.length) })}
        </span>
      </h2>
      <div className={classes(frame['frame'], look['scroll'])} role="region" aria-label={t('import.preview')} tabIndex={0}>
        <table className={look['numbers']} data-kind="texts">
          <thead>
            <tr>
              {(['name', 'company', 'department', 'title', 'email', 'phone', 'exchangedAt'] as const).map((field) => (
                <th key={field} scope="col">
                  {t(`import.fields.${field}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cards.slice(0, SHOWN).map(({ cardId, profile, exchangedAt }, place) => (
              <tr key={`${cardId} ${place}`} data-wrong={results?.[place]?.result === 'rejected' || undefined}>
                {(['name', 'company', 'department', 'title', 'email', 'phone'] as const).map((field) => (
                  <td key={field}>{profile[field]}</td>
                ))}
                <td>
                  <Day at={exchangedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {looked?.of === cards && looked.error !== undefined ? (
        <FailedLine error={looked.error} />
      ) : results === undefined ? (
        <>
          <p className={look['soft']}>{t('import.checking')}</p>
          <Loading rows={1} />
        </>
      ) : (
        <div role="status">
          <p>{t('import.good', { count: good.length })}</p>
          {wrong.length > 0 && <p className={look['wrong']}>{t('import.wrong', { count: wrong.length })}</p>}
          <Problems results={wrong} cards={cards} />
        </div>
      )}
      {error && <FailedLine error={error} />}
      <Button kind="main" isPending={isPending} isDisabled={good.length === 0} onPress={() => void tell({})}>
        {t('import.start', { count: good.length })}
      </Button>
      {isPending && (
        <p className={look['soft']} role="status">
          {t('import.progress', { done: String(sent), all: String(good.length) })}
        </p>
      )}
    </section>
  );
}

function Day({ at }: { at: string }) {
  const timeZone = useTimeZone();
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : clockOf(ms, timeZone).slice(0, 10).replaceAll('-', '/');
}

/** By the line of the file: the first is that of the names. */
function Problems({ results, cards }: { results: readonly Result[]; cards: readonly Card[] }) {
  const t = useTexts(cardsTexts);
  return (
    <ul className={look['results']}>
      {results.slice(0, PROBLEMS).map(({ row, cardId, errors, notices }) => (
        <li key={`${row} ${cardId}`}>
          <span>{t('import.row', { line: String(row + 2) })}</span>
          <span>{cards[row]?.profile.name ?? cards[row]?.profile.company ?? t('import.noLine')}</span>
          {errors?.map(({ pointer, expected, got }) => (
            <span key={`${pointer} ${expected}`} className={look['soft']}>
              {t('results.expected', { expected, got })}
            </span>
          ))}
          {notices?.map((one) => (
            <span key={one} className={look['soft']}>
              {one}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

async function inParts(cards: readonly Card[], preview: boolean, onSent?: (count: number) => void): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < cards.length; at += AT_A_TIME) {
    const answer = await send(cards.slice(at, at + AT_A_TIME), preview);
    results.push(...answer.results.map((one, place) => ({ ...one, row: at + place })));
    onSent?.(results.length);
  }
  return results;
}
