import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useReps } from '../../api/reps';
import { useCommand } from '../../api/use-command';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { Field, Select } from '../../ui/form';
import { Dialog } from '../../ui/dialog';
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { useKpiFormats } from '../../common/kpi-formats';
import { useRepOptions } from '../../common/rep-options';
import { usePeriodName } from '../../common/period-texts';
import { typedNumber } from '../../common/typed-number';
import { CREDITED } from './board-cells';
import { keyOf, measureOf, type BoardData, type BoardStep } from './board-measure';
import { boardTexts } from './board-texts';
import look from './board.module.css';

interface Whose {
  scope: 'joint' | 'team' | 'rep';
  scopeId: string;
}
interface Change {
  kpi: string;
  currency?: string;
  value: number;
}

const JOINT = 'joint company';

function whoseOf(id: string): Whose {
  const [scope, ...scopeId] = id.split(' ');
  return { scope: scope as Whose['scope'], scopeId: scopeId.join(' ') };
}

/** What is to be reached in the period: together, by a team, or by a representative. */
export function BoardTargets({ board, close }: { board: BoardData; close(): void }) {
  const t = useTexts(boardTexts);
  const reps = useReps();
  const nameOf = usePeriodName();
  const [id, setId] = useState(JOINT);
  const whose = whoseOf(id);
  // Of each, what is typed and not saved: kept while somebody looks at those of others.
  const [written, setWritten] = useState<Readonly<Record<string, Readonly<Record<string, string>>>>>({});
  const { period } = board;
  const {
    data: targets,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: ['targets', period, whose.scope, whose.scopeId],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/v1/targets', {
          params: { query: { period, scope: whose.scope, ...(whose.scope !== 'joint' && { scopeId: whose.scopeId }), limit: 500 } },
          signal,
        }),
      ),
  });
  const options = [
    { id: JOINT, name: t('targets.joint') },
    ...(reps?.teams ?? []).map(({ teamId }) => ({ id: `team ${teamId}`, name: t('targets.ofTeam', { name: teamId }) })),
    ...useRepOptions().map((one) => ({ ...one, id: `rep ${one.id}` })),
  ];
  const steps = stepsOf(board, whose);
  // Where joint targets have several names, that of the board is the one set last; so it is changed under its name.
  const known = new Map(
    (targets?.items ?? [])
      .toSorted((a, b) => (a.setAt < b.setAt ? -1 : 1))
      .map((one) => [keyOf(one), { value: one.value, scopeId: one.scopeId }]),
  );
  return targets === undefined ? (
    <Dialog kind="side" title={t('targets.title', { period: nameOf(period) })} isOpen onClose={close}>
      {isPending ? <Loading rows={8} /> : <Failed error={error} again={() => void refetch()} />}
    </Dialog>
  ) : (
    <Form
      key={id}
      title={t('targets.title', { period: nameOf(period) })}
      whose={whose}
      choose={<Select label={t('targets.whose')} options={options} chosen={id} onChoose={setId} />}
      period={period}
      steps={steps}
      known={known}
      written={written[id] ?? {}}
      onWrite={(now) => setWritten({ ...written, [id]: now })}
      onSaved={() => {
        const { [id]: _saved, ...others } = written;
        setWritten(others);
        // What is typed of others is next.
        const [next] = Object.keys(others);
        if (next === undefined) close();
        else setId(next);
      }}
      close={close}
    />
  );
}

function Form({
  title,
  whose,
  choose,
  period,
  steps,
  known,
  written,
  onWrite,
  onSaved,
  close,
}: {
  title: string;
  whose: Whose;
  choose: React.ReactNode;
  period: string;
  steps: readonly BoardStep[];
  known: ReadonlyMap<string, { value: number; scopeId: string }>;
  written: Readonly<Record<string, string>>;
  onWrite(written: Readonly<Record<string, string>>): void;
  onSaved(): void;
  close(): void;
}) {
  const t = useTexts(boardTexts);
  const kpis = useKpiFormats();
  const save = useCommand(
    async ({ id, changes }: { id: string; changes: readonly Change[] }) => {
      for (const change of changes) {
        const of = { ...whose, ...(whose.scope === 'joint' && { scopeId: known.get(keyOf(change))?.scopeId ?? whose.scopeId }) };
        // An id of its own each, so that all of it can be sent again.
        await answerOf(api.PUT('/v1/targets', { body: { id: `${id}-${keyOf(change).trim()}`, period, ...of, ...change } as never }));
      }
      return changes.length;
    },
    {
      changes: ['targets', 'board'],
      onDone: (count) => {
        toast(t('targets.saved', { count }));
        onSaved();
      },
    },
  );
  const errorOf = (key: string): string | undefined => {
    const text = written[key];
    if (text === undefined) return undefined;
    if (text.trim() === '') return known.has(key) ? t('targets.kept') : undefined;
    return typedNumber(text) === undefined ? t('targets.number') : undefined;
  };
  const changes = steps.flatMap((step): Change[] => {
    const key = keyOf(step);
    const value = typedNumber(written[key] ?? '');
    return value === undefined || value === known.get(key)?.value
      ? []
      : [{ kpi: step.kpi, value, ...(step.currency !== undefined && { currency: step.currency }) }];
  });
  const isWrong = steps.some((step) => errorOf(keyOf(step)) !== undefined);
  return (
    <Dialog
      kind="side"
      title={title}
      isOpen
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t('targets.cancel')}</Button>
          <Button kind="main" type="submit" form="targets" isPending={save.isPending} isDisabled={changes.length === 0 || isWrong}>
            {t('targets.save', { count: changes.length })}
          </Button>
        </>
      }
    >
      <form
        id="targets"
        className={look['form']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (changes.length > 0 && !isWrong) void save.tell({ changes });
        }}
      >
        <p className={look['words']}>{t('targets.note')}</p>
        {choose}
        {save.error && <FailedLine error={save.error} />}
        <div className={look['fields']}>
          {steps.map((step) => {
            const key = keyOf(step);
            return (
              <Field
                key={key}
                label={`${t(`steps.${step.step}`)}${step.currency === undefined ? '' : ` (${step.currency})`}`}
                inputMode="decimal"
                value={written[key] ?? known.get(key)?.value.toString() ?? ''}
                onChange={(text) => onWrite({ ...written, [key]: text })}
                error={errorOf(key)}
                hint={whose.scope === 'joint' ? t('targets.now', { value: kpis.value(step.actual, measureOf(step)) }) : undefined}
              />
            );
          })}
        </div>
      </form>
    </Dialog>
  );
}

/** Of teams and representatives, what they are credited with. Money in yen where none was won or wanted yet. */
function stepsOf({ steps }: BoardData, { scope }: Whose): BoardStep[] {
  const amount: BoardStep = {
    step: 'amount',
    side: 'sales',
    kpi: 'amount-won',
    label: '',
    currency: 'JPY',
    target: null,
    actual: 0,
    progress: null,
    pace: null,
    conversion: null,
  };
  const all = steps.some(({ step }) => step === 'amount') ? steps : [...steps, amount];
  return scope === 'joint' ? [...all] : all.filter(({ kpi }) => (CREDITED as readonly string[]).includes(kpi));
}
