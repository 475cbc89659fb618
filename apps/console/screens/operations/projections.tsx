import { useQuery } from '@tanstack/react-query';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';
import { useCommand } from '../../api/use-command';
import { useFormats } from '../../app/formats';
import { useTexts } from '../../app/texts';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/dialog';
import { MenuButton, MenuItem, MenuPart } from '../../ui/menu';
import { Rows } from '../../ui/rows';
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { operationsTexts } from './operations-texts';
import look from './operations.module.css';

type Projection = components['schemas']['Projection'];
const KINDS = { building: 'accent', 'caught-up': 'accent', live: 'good', retired: 'plain', failed: 'bad' } as const;
/** A build goes on while somebody looks. */
const LOOK_MS = 2_000;

export function Projections() {
  const t = useTexts(operationsTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['projections'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/projections', { signal })),
    refetchInterval: LOOK_MS,
  });
  const [shown, setShown] = useState<string>();
  if (isPending) return <Loading />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  const isWell = data.items.every(({ lag, parked, error: failed }) => lag === 0 && parked === 0 && failed === undefined);
  return (
    <div className={look['part']}>
      {isWell && <p className={look['soft']}>{t('projections.allWell')}</p>}
      <Rows
        label={t('parts.projections')}
        rows={data.items}
        keyOf={({ name }) => name}
        columns={[
          { id: 'name', name: t('projections.name'), isName: true, cell: ({ name }) => name },
          { id: 'state', name: t('projections.state'), cell: (one) => <State of={one} /> },
          { id: 'version', name: t('projections.version'), cell: ({ version, generation }) => `${version} (${generation})` },
          {
            id: 'lag',
            name: t('projections.lag'),
            isNumber: true,
            cell: ({ lag }) => (lag === 0 ? t('projections.lagNone') : t('projections.lagOf', { count: lag })),
          },
          { id: 'due', name: t('projections.due'), isNumber: true, cell: ({ due }) => formats.number(due) },
          {
            id: 'parked',
            name: t('projections.parked'),
            isNumber: true,
            cell: ({ name, parked }) =>
              parked === 0 ? (
                '0'
              ) : (
                <Button size="s" onPress={() => setShown(name)} aria-label={t('projections.parkedOf', { name })}>
                  {formats.number(parked)}
                </Button>
              ),
          },
          { id: 'actions', name: t('projections.actions'), isNameHidden: true, isNumber: true, cell: (one) => <Actions of={one} /> },
        ]}
      />
      {shown !== undefined && <Parked name={shown} />}
    </div>
  );
}

function State({ of: { name, state, paused, error, done, total, rate, secondsLeft, generations } }: { of: Projection }) {
  const t = useTexts(operationsTexts);
  const formats = useFormats();
  const waits = generations.some((one) => one.state === 'caught-up');
  return (
    <span className={look['lines']}>
      <span className={look['row']}>
        <Badge kind={KINDS[state]}>{t(`projections.states.${state}`)}</Badge>
        {paused && <Badge kind="warm">{t('projections.paused')}</Badge>}
        {state === 'live' && waits && <Badge kind="accent">{t('projections.states.caught-up')}</Badge>}
      </span>
      {total !== undefined && total > 0 && (
        <>
          <progress className={look['progress']} value={done ?? 0} max={total} aria-label={t('projections.progress', { name })} />
          <span className={look['soft']}>
            {t('projections.built', { share: formats.share((done ?? 0) / total), rate: formats.number(rate) })}
            {secondsLeft !== undefined && ` · ${t('projections.left', { time: formats.duration(secondsLeft) })}`}
          </span>
        </>
      )}
      {error !== undefined && <span className={look['bad']}>{error}</span>}
    </span>
  );
}

type Doing = 'rebuild' | 'switch' | 'rollback' | 'pause' | 'resume';

function Actions({ of: { name, paused, generations } }: { of: Projection }) {
  const t = useTexts(operationsTexts);
  const path = { path: { name } };
  const command = useCommand(
    ({ doing }: { id: string; doing: Doing }): Promise<unknown> =>
      doing === 'rebuild'
        ? answerOf(api.POST('/v1/projections/{name}/rebuild', { params: path, body: {} }))
        : doing === 'switch'
          ? answerOf(api.POST('/v1/projections/{name}/switch', { params: path }))
          : doing === 'rollback'
            ? answerOf(api.POST('/v1/projections/{name}/rollback', { params: path }))
            : doing === 'pause'
              ? answerOf(api.POST('/v1/projections/{name}/pause', { params: path }))
              : answerOf(api.POST('/v1/projections/{name}/resume', { params: path })),
    {
      changes: ['projections'],
      once: true,
      onDone: (_answer, { doing }) => toast(t(doing === 'rebuild' ? 'projections.rebuilding' : 'projections.done', { name })),
    },
  );
  const drop = useCommand(
    ({ generation }: { id: string; generation: string }) =>
      answerOf(api.DELETE('/v1/projections/{name}/generations/{id}', { params: { path: { name, id: generation } } })),
    { changes: ['projections'], onDone: () => toast(t('projections.done', { name })), once: true },
  );
  const [dropping, setDropping] = useState<string>();
  const error = command.error ?? drop.error;
  const others = generations.filter(({ state }) => state !== 'live');
  return (
    <>
      {error && <FailedLine error={error} />}
      <MenuButton className={look['menu']} label={t('projections.more', { name })} content={<Ellipsis aria-hidden="true" />}>
        <MenuPart title={name}>
          <MenuItem onAction={() => void command.tell({ doing: 'rebuild' })}>{t('projections.rebuild')}</MenuItem>
          <MenuItem onAction={() => void command.tell({ doing: paused ? 'resume' : 'pause' })}>
            {paused ? t('projections.resume') : t('projections.pause')}
          </MenuItem>
        </MenuPart>
        <MenuPart title={t('projections.generations')}>
          <>
            {generations.some(({ state }) => state === 'caught-up') && (
              <MenuItem onAction={() => void command.tell({ doing: 'switch' })}>{t('projections.switch')}</MenuItem>
            )}
            {generations.some(({ state }) => state === 'retired') && (
              <MenuItem onAction={() => void command.tell({ doing: 'rollback' })}>{t('projections.rollback')}</MenuItem>
            )}
            {others.map(({ id }) => (
              <MenuItem key={id} isDanger onAction={() => setDropping(id)}>
                {t('projections.drop', { generation: id })}
              </MenuItem>
            ))}
          </>
        </MenuPart>
      </MenuButton>
      {dropping !== undefined && (
        <ConfirmDialog
          title={t('projections.dropTitle', { generation: dropping })}
          isOpen
          onClose={() => setDropping(undefined)}
          confirm={t('projections.dropNow')}
          onConfirm={() => {
            void drop.tell({ generation: dropping });
            setDropping(undefined);
          }}
          isDanger
        >
          <p>{t('projections.dropWords')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Parked({ name }: { name: string }) {
  const t = useTexts(operationsTexts);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['projections', name, 'parked'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/projections/{name}/parked', { params: { path: { name } }, signal })),
  });
  const unpark = useCommand(
    ({ key }: { id: string; key?: string }) =>
      answerOf(api.POST('/v1/projections/{name}/unpark', { params: { path: { name } }, body: { key } })),
    { changes: ['projections'] },
  );
  if (isPending) return <Loading rows={2} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  return (
    <section className={look['part']} aria-label={t('projections.parkedOf', { name })}>
      <div className={look['row']}>
        <h2>{t('projections.parkedOf', { name })}</h2>
        {data.items.length > 1 && (
          <Button size="s" isPending={unpark.isPending} onPress={() => void unpark.tell({})}>
            {t('projections.unparkAll')}
          </Button>
        )}
      </div>
      {unpark.error && <FailedLine error={unpark.error} />}
      {data.items.length === 0 ? (
        <p className={look['soft']}>{t('projections.parkedCount', { count: 0 })}</p>
      ) : (
        <Rows
          label={t('projections.parkedOf', { name })}
          rows={data.items}
          keyOf={({ key }) => key}
          columns={[
            { id: 'key', name: t('projections.key'), isName: true, cell: ({ key }) => key },
            { id: 'event', name: t('projections.event'), cell: ({ type, event }) => `${type} ${event}` },
            { id: 'error', name: t('projections.error'), cell: ({ error: said }) => <span className={look['bad']}>{said}</span> },
            { id: 'waiting', name: t('projections.waiting'), isNumber: true, cell: ({ events }) => events },
            {
              id: 'unpark',
              name: t('projections.actions'),
              isNameHidden: true,
              isNumber: true,
              cell: ({ key }) => (
                <Button size="s" isPending={unpark.isPending} onPress={() => void unpark.tell({ key })}>
                  {t('projections.unpark')}
                </Button>
              ),
            },
          ]}
        />
      )}
    </section>
  );
}
