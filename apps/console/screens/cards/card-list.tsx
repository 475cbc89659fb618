import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Contact, Send } from 'lucide-react';
import { useEffect, useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useRepName } from '../../api/reps';
import { useCommand } from '../../api/use-command';
import { LEAD_CHANGES } from '../../api/reads';
import { useLive } from '../../api/use-live';
import type { components } from '../../api/types.gen';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge, TierBadge } from '../../ui/badge';
import { Button, Chip } from '../../ui/button';
import { Checkbox, Field } from '../../ui/form';
import { Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { More } from '../../ui/more';
import { leadWords } from '../../common/lead-words';
import { cardsTexts } from './cards-texts';
import look from './cards.module.css';

type Card = components['schemas']['Card'];
type HandedOver = components['schemas']['HandedOverCards'];

const STATES = ['active', 'dormant', 'handed-over'] as const;
const PAGE = 200;

export function CardList({
  rep,
  state: asked,
  onState,
  isOwn,
  mayWrite,
  onImport,
}: {
  rep: string | undefined;
  state: string | undefined;
  onState(state: string | undefined): void;
  isOwn: boolean;
  mayWrite: boolean;
  onImport(): void;
}) {
  const t = useTexts(cardsTexts);
  const w = useTexts(words);
  const state = STATES.find((one) => one === asked);
  useLive('cards');
  const list = useInfiniteQuery({
    queryKey: ['cards', 'list', rep, state],
    queryFn: ({ signal, pageParam }) =>
      answerOf(api.GET('/v1/cards', { params: { query: { rep, state, limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const { data, error, isPending, refetch, hasNextPage } = list;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // The answers stay until they are read, though what they are about can no longer be chosen.
  const [isAnswered, setAnswered] = useState(false);
  const cards = data?.pages.flatMap(({ items }) => items) ?? [];
  // A page may be short though there are more: nobody should have to ask for an empty one.
  useEffect(() => {
    if (hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError && cards.length < 50) void list.fetchNextPage();
  });
  const choosable = mayWrite ? cards.filter((one) => one.state !== 'handed-over') : [];
  const some = choosable.filter(({ cardId }) => chosen.has(cardId));
  const choose = ({ cardId }: Card, is: boolean) =>
    setChosen((before) => {
      const after = new Set(before);
      if (is) after.add(cardId);
      else after.delete(cardId);
      return after;
    });
  return (
    <>
      <div className={look['filters']}>
        <div className={look['chips']} role="group" aria-label={t('state')}>
          <Chip isSelected={state === undefined} onChange={() => onState(undefined)}>
            {t('states.all')}
          </Chip>
          {STATES.map((one) => (
            <Chip key={one} isSelected={state === one} onChange={(is) => onState(is ? one : undefined)}>
              {t(`states.${one}`)}
            </Chip>
          ))}
        </div>
        {data && (
          <span className={look['soft']} role="status">
            {t('shown', { count: cards.length })}
          </span>
        )}
      </div>
      {(some.length > 0 || isAnswered) && (
        <HandOver
          cards={some}
          nameOf={(card) => card.profile.name ?? w('unknownPerson')}
          onAnswered={() => setAnswered(true)}
          onClear={() => {
            setAnswered(false);
            setChosen(new Set());
          }}
        />
      )}
      {isPending ? (
        <Loading rows={8} />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : cards.length === 0 && !hasNextPage ? (
        state === undefined && rep === undefined ? (
          <Empty icon={<Contact />} title={t('empty.title')} action={mayWrite && <Button onPress={onImport}>{t('empty.action')}</Button>}>
            {t('empty.words')}
          </Empty>
        ) : (
          <Empty icon={<Contact />} title={t('nothing.title')}>
            {t('nothing.words')}
          </Empty>
        )
      ) : (
        <>
          <div className={look['table']} role="table" aria-label={t('title')}>
            <div role="rowgroup">
              <div className={look['columns']} role="row">
                <span role="columnheader">
                  {choosable.length > 0 ? (
                    <Checkbox
                      isSelected={some.length === choosable.length}
                      onChange={(is) => setChosen(new Set(is ? choosable.map(({ cardId }) => cardId) : []))}
                    >
                      <span className={look['hidden']}>{t('chooseAll')}</span>
                    </Checkbox>
                  ) : (
                    <span className={look['hidden']}>{t('chooseAll')}</span>
                  )}
                </span>
                {(['who', 'exchanged', 'rep', 'state', 'tier', 'became'] as const).map((one) => (
                  <span key={one} role="columnheader" className={look[one]}>
                    {t(`columns.${one}`)}
                  </span>
                ))}
              </div>
            </div>
            <div role="rowgroup">
              {cards.map((card) => (
                <Row
                  key={`${card.cardId} ${card.leadId}`}
                  card={card}
                  isOwn={isOwn}
                  isChosen={card.state !== 'handed-over' && chosen.has(card.cardId)}
                  onChoose={mayWrite && card.state !== 'handed-over' ? (is) => choose(card, is) : undefined}
                />
              ))}
            </div>
          </div>
          <More of={list} />
        </>
      )}
    </>
  );
}

function Row({ card, isOwn, isChosen, onChoose }: { card: Card; isOwn: boolean; isChosen: boolean; onChoose?: (is: boolean) => void }) {
  const t = useTexts(cardsTexts);
  const w = useTexts(words);
  const l = useTexts(leadWords);
  const formats = useFormats();
  const nameOf = useRepName();
  const { profile, leadId, exchangedAt, repId, state, tier, handoff, deal } = card;
  const name = profile.name ?? w('unknownPerson');
  return (
    <div className={look['row']} role="row" data-chosen={isChosen || undefined}>
      <span role="cell">
        {onChoose && (
          <Checkbox isSelected={isChosen} onChange={onChoose}>
            <span className={look['hidden']}>{t('choose', { name })}</span>
          </Checkbox>
        )}
      </span>
      <span role="cell" className={look['who']}>
        {/* A card alone does not make a lead somebody's: a representative opens those that are handed to them. */}
        {isOwn && handoff === undefined ? (
          <span className={look['name']}>{name}</span>
        ) : (
          <Link to="/leads/$leadId" params={{ leadId }} className={look['name']}>
            {name}
          </Link>
        )}
        <span className={look['soft']}>{[profile.company, profile.department, profile.title].filter(Boolean).join(' ')}</span>
      </span>
      <span role="cell" className={look['exchanged']}>
        {formats.dayKey(exchangedAt).replaceAll('-', '/')}
      </span>
      <span role="cell" className={look['rep']}>
        {nameOf(repId)}
      </span>
      <span role="cell" className={look['state']}>
        <Badge kind={state === 'dormant' ? 'warm' : state === 'active' ? 'good' : 'plain'}>{t(`states.${state}`)}</Badge>
      </span>
      <span role="cell" className={look['tier']}>
        <TierBadge tier={tier} />
      </span>
      <span role="cell" className={look['became']}>
        {deal ? (
          <Badge kind={deal.state === 'won' ? 'good' : 'plain'}>{t('deal', { state: l(`dealStates.${deal.state}`) })}</Badge>
        ) : (
          handoff && <Badge kind="accent">{w(`states.${handoff.state}`)}</Badge>
        )}
      </span>
    </div>
  );
}

/** Many at once; each has an answer of its own. */
function HandOver({
  cards,
  nameOf,
  onAnswered,
  onClear,
}: {
  cards: readonly Card[];
  nameOf(card: Card): string;
  onAnswered(): void;
  onClear(): void;
}) {
  const t = useTexts(cardsTexts);
  const [reason, setReason] = useState<string>(t('reasonDefault'));
  const [keepFollowing, setKeep] = useState(false);
  const [answers, setAnswers] = useState<HandedOver[]>();
  const [told, setTold] = useState<readonly Card[]>([]);
  const { tell, error, isPending } = useCommand(
    async ({ id }: { id: string }) => {
      // A card is handed over by whoever has it.
      const byRep = new Map<string, string[]>();
      for (const { repId, cardId } of cards) byRep.set(repId, [...(byRep.get(repId) ?? []), cardId]);
      const all: HandedOver[] = [];
      for (const [repId, ids] of byRep)
        for (let at = 0; at < ids.length; at += 1_000)
          all.push(
            await answerOf(
              api.POST('/v1/cards/hand-over', {
                body: { id: `${id} ${repId} ${at}`, cards: ids.slice(at, at + 1_000), repId, reason: reason.trim(), keepFollowing },
              }),
            ),
          );
      return all;
    },
    {
      changes: LEAD_CHANGES,
      onDone: (all) => {
        setTold(cards);
        setAnswers(all);
        onAnswered();
      },
    },
  );
  if (answers) {
    const sum = (of: 'handedOver' | 'repeated' | 'refused') => String(answers.reduce((total, one) => total + one[of], 0));
    return (
      <section className={look['handOver']} role="status">
        <p>
          <strong>{t('results.title', { done: sum('handedOver'), repeated: sum('repeated'), refused: sum('refused') })}</strong>
        </p>
        <ul className={look['results']}>
          {answers
            .flatMap(({ results }) => results)
            .map(({ cardId, result, errors }) => {
              const card = told.find((one) => one.cardId === cardId);
              return (
                <li key={cardId}>
                  <Badge kind={result === 'refused' ? 'bad' : result === 'repeated' ? 'plain' : 'good'}>{t(`results.${result}`)}</Badge>
                  <span>{card ? nameOf(card) : cardId}</span>
                  {errors?.map(({ pointer, expected, got }) => (
                    <span key={pointer} className={look['soft']}>
                      {t('results.expected', { expected, got })}
                    </span>
                  ))}
                </li>
              );
            })}
        </ul>
        <Button onPress={onClear}>{t('results.close')}</Button>
      </section>
    );
  }
  return (
    <form
      className={look['handOver']}
      onSubmit={(event) => {
        event.preventDefault();
        void tell({});
      }}
    >
      <strong>{t('chosen', { count: cards.length })}</strong>
      <Field label={t('reason')} value={reason} onChange={setReason} isRequired className={look['reason']} />
      <Checkbox isSelected={keepFollowing} onChange={setKeep}>
        {t('keepFollowing')}
      </Checkbox>
      <div className={look['buttons']}>
        <Button kind="quiet" onPress={onClear}>
          {t('clear')}
        </Button>
        <Button type="submit" kind="main" icon={<Send aria-hidden="true" />} isPending={isPending} isDisabled={reason.trim() === ''}>
          {t('handOver')}
        </Button>
      </div>
      {error && <FailedLine error={error} />}
    </form>
  );
}
