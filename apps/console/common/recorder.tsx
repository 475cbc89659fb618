import { useState, type ReactNode } from 'react';
import { newId } from '../api/use-command';
import { now } from '../api/client';
import { useTimeZone } from '../app/formats';
import { usePreferences } from '../app/preferences';
import { useTexts } from '../app/texts';
import { words } from '../app/words';
import { dayAfter, clockOf, momentOf } from '../app/zoned';
import { Button, Chip } from '../ui/button';
import { Checkbox, Field } from '../ui/form';
import { FailedLine } from '../ui/states';
import { Tabs } from '../ui/tabs';
import { useRecord, type Activity } from './activities';
import { AppointmentTime } from './appointment-time';
import { meetingStart } from './meeting-start';
import { nextQuote, proposalKind, type Offered } from './next-offer';
import { recorderTexts } from './recorder-texts';
import { typedYen } from './typed-number';
import look from './recorder.module.css';

export interface RecordedFor {
  leadId: string;
  repId: string;
  dealId?: string;
  /** Of the deal. */
  offered?: Offered;
  appointmentId?: string;
  /** The time agreed, of the appointment. */
  scheduledAt?: string;
  /** Of a planned action, which this may complete. */
  actionId?: string;
  /** Who it is, as they are called. */
  name?: string;
  /** Of the flow of the stage: what nobody has asked, told or shown yet. */
  uncovered?: readonly { id: string; required: boolean; text: { ja: string; en: string } }[];
}

export type RecordKind = 'call' | 'meeting' | 'deal' | 'plan';

const OUTCOMES = ['reached', 'noAnswer', 'busy', 'voicemail', 'gatekeeper', 'wrongNumber', 'refused'] as const;
type Outcome = (typeof OUTCOMES)[number];
/** Asked for after a call that came to nothing, nobody would know what. */
const AT_ONCE: ReadonlySet<Outcome> = new Set(['noAnswer', 'busy', 'voicemail', 'gatekeeper', 'wrongNumber', 'refused']);
const LENGTHS = [30, 60, 90];

/** Records what somebody did with a lead, in as few taps as it takes. Used by the day and by the page of a lead. */
export function Recorder({ of, first, onDone }: { of: RecordedFor; first: RecordKind; onDone?(): void }) {
  const t = useTexts(recorderTexts);
  const [kind, setKind] = useState(first);
  const content: Record<RecordKind, ReactNode> = {
    call: <Call of={of} onDone={onDone} />,
    meeting: <Meeting of={of} onDone={onDone} />,
    deal: <Deal of={of} onDone={onDone} />,
    plan: <Plan of={of} onDone={onDone} />,
  };
  return (
    <Tabs
      label={t('what')}
      size="s"
      chosen={kind}
      onChoose={(id) => setKind(id as RecordKind)}
      tabs={(Object.keys(content) as RecordKind[]).map((id) => ({ id, name: t(id), content: content[id] }))}
    />
  );
}

interface PartProps {
  of: RecordedFor;
  onDone?: () => void;
}

const booked = (of: RecordedFor, at: number, mode: string, sourceCallId?: string): Activity => ({
  type: 'AppointmentBooked',
  data: { appointmentId: newId(), scheduledAt: new Date(at).toISOString(), mode, dealId: of.dealId, sourceCallId },
});

/** What came of something planned: not in the words of one language, since people of others read it (timeline-words.ts has words for each). */
type Result =
  Outcome | 'held' | 'noShow' | 'cancelled' | 'rescheduled' | 'dealOpened' | 'proposed' | 'quoted' | 'won' | 'lost' | 'undecided';

const completed = ({ actionId }: RecordedFor, result: Result): Activity[] =>
  actionId === undefined ? [] : [{ type: 'NextActionCompleted', data: { actionId, result } }];

const linesOf = (text: string): string[] | undefined => {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  return lines.length > 0 ? lines : undefined;
};

function Call({ of, onDone }: PartProps) {
  const t = useTexts(recorderTexts);
  const w = useTexts(words);
  const { record, error, isPending } = useRecord(onDone);
  const [isReached, setReached] = useState(false);
  const [needs, setNeeds] = useState('');
  const [next, setNext] = useState<number | null>(null);
  const [mode, setMode] = useState('remote');
  const [covered, setCovered] = useState<readonly string[]>([]);
  const told = (outcome: Outcome) => {
    const callId = newId();
    const data = {
      callId,
      startedAt: new Date(now()).toISOString(),
      outcome,
      needs: linesOf(needs),
      covered: covered.length > 0 ? covered : undefined,
    };
    const activities: Activity[] = [{ type: 'CallCompleted', data }, ...completed(of, outcome)];
    if (outcome === 'reached' && next !== null) activities.push(booked(of, next, mode, callId));
    return record({
      leadId: of.leadId,
      repId: of.repId,
      activities,
      said: t('recorded', { what: w('aside', { what: t('call'), more: w(`outcomes.${outcome}`) }) }),
    });
  };
  return (
    <div className={look['part']}>
      <div className={look['chips']} role="group" aria-label={t('outcome')}>
        {OUTCOMES.map((outcome) => (
          <Chip
            key={outcome}
            isDisabled={isPending}
            isSelected={outcome === 'reached' && isReached}
            onChange={(is) => (AT_ONCE.has(outcome) ? void told(outcome) : setReached(is))}
          >
            {w(`outcomes.${outcome}`)}
          </Chip>
        ))}
      </div>
      {isReached && (
        <>
          <Titled title={t('next')}>
            <AppointmentTime at={next} onChoose={setNext} />
            {next !== null && <Mode mode={mode} onChoose={setMode} />}
          </Titled>
          <Flow of={of} covered={covered} onChange={setCovered} />
          <Field label={t('needs')} hint={t('needsHint')} rows={2} value={needs} onChange={setNeeds} />
          <Finish isPending={isPending} onPress={() => void told('reached')} />
        </>
      )}
      {error && <FailedLine error={error} />}
    </div>
  );
}

function Meeting({ of, onDone }: PartProps) {
  const t = useTexts(recorderTexts);
  const timeZone = useTimeZone();
  const { record, error, isPending } = useRecord(onDone);
  const [what, setWhat] = useState<'held' | 'moved'>('held');
  const [minutes, setMinutes] = useState(60);
  const [mode, setMode] = useState('onsite');
  const [needs, setNeeds] = useState('');
  const [covered, setCovered] = useState<readonly string[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [typedStart, setTypedStart] = useState<string>();
  const offeredStart = meetingStart({
    scheduledAt: of.scheduledAt === undefined ? undefined : Date.parse(of.scheduledAt),
    minutes,
    now: now(),
  });
  const startedAt = typedStart === undefined ? offeredStart : momentOf(typedStart.slice(0, 16), timeZone);
  const isStartWrong = Number.isNaN(startedAt) || startedAt > now();
  const tell = (activities: Activity[], result: Result, said: string) =>
    record({
      leadId: of.leadId,
      repId: of.repId,
      activities: [...activities, ...completed(of, result)],
      said: t('recorded', { what: said }),
    });
  const changed = (status: 'noShow' | 'cancelled' | 'rescheduled', newAt?: number) =>
    tell(
      [
        {
          type: 'AppointmentChanged',
          data: { appointmentId: of.appointmentId, status, newAt: newAt === undefined ? undefined : new Date(newAt).toISOString() },
        },
      ],
      status,
      status === 'rescheduled' ? t('moved') : t(status),
    );
  const held = () => {
    const data = {
      meetingId: newId(),
      appointmentId: of.appointmentId,
      dealId: of.dealId,
      mode,
      startedAt: new Date(startedAt).toISOString(),
      minutes,
      attendees: of.name === undefined ? [] : [of.name],
      needs: linesOf(needs),
      covered: covered.length > 0 ? covered : undefined,
    };
    return tell([{ type: 'MeetingHeld', data }, ...(next === null ? [] : [booked(of, next, mode)])], 'held', t('meeting'));
  };
  return (
    <div className={look['part']}>
      {of.appointmentId !== undefined && (
        <div className={look['chips']} role="group" aria-label={t('outcome')}>
          <Chip isSelected={what === 'held'} onChange={() => setWhat('held')}>
            {t('held')}
          </Chip>
          <Chip isSelected={what === 'moved'} onChange={() => setWhat('moved')}>
            {t('moved')}
          </Chip>
          <Chip isSelected={false} isDisabled={isPending} onChange={() => void changed('noShow')}>
            {t('noShow')}
          </Chip>
          <Chip isSelected={false} isDisabled={isPending} onChange={() => void changed('cancelled')}>
            {t('cancelled')}
          </Chip>
        </div>
      )}
      {what === 'moved' ? (
        <>
          <Titled title={t('newTime')}>
            <AppointmentTime at={next} onChoose={setNext} isOptional={false} />
          </Titled>
          <Finish isPending={isPending} isDisabled={next === null} onPress={() => void changed('rescheduled', next!)} />
        </>
      ) : (
        <>
          <div className={look['beside']}>
            <Titled title={t('mode')}>
              <Mode mode={mode} onChoose={setMode} />
            </Titled>
            <Titled title={t('minutes')}>
              <div className={look['chips']} role="group" aria-label={t('minutes')}>
                {LENGTHS.map((one) => (
                  <Chip key={one} isSelected={minutes === one} onChange={() => setMinutes(one)}>
                    {t('minutesOf', { minutes: String(one) })}
                  </Chip>
                ))}
              </div>
            </Titled>
            <Field
              label={t('startedAt')}
              type="datetime-local"
              value={typedStart ?? clockOf(offeredStart, timeZone)}
              max={clockOf(now(), timeZone)}
              onChange={setTypedStart}
              error={isStartWrong ? t('wrongStart') : undefined}
            />
          </div>
          <Flow of={of} covered={covered} onChange={setCovered} />
          <Titled title={t('next')}>
            <AppointmentTime key={timeZone} at={next} onChoose={setNext} />
          </Titled>
          <Field label={t('needs')} hint={t('needsHint')} rows={2} value={needs} onChange={setNeeds} />
          <Finish isPending={isPending} isDisabled={isStartWrong} onPress={() => void held()} />
        </>
      )}
      {error && <FailedLine error={error} />}
    </div>
  );
}

const DEAL_STEPS = ['openDeal', 'propose', 'quote', 'answer'] as const;

function Deal({ of, onDone }: PartProps) {
  const t = useTexts(recorderTexts);
  const { record, error, isPending } = useRecord(onDone);
  const [step, setStep] = useState<(typeof DEAL_STEPS)[number]>(of.dealId === undefined ? 'openDeal' : 'answer');
  const [amount, setAmount] = useState('');
  const [products, setProducts] = useState('');
  const [answer, setAnswer] = useState<'yes' | 'no' | 'undecided' | null>(null);
  const [reason, setReason] = useState('');
  const [decideBy, setDecideBy] = useState('');
  const [tried, setTried] = useState(false);
  const yen = typedYen(amount);
  const money = yen === undefined ? undefined : { value: yen, currency: 'JPY' };
  const productIds = products.split(/[,、\s]+/).filter(Boolean);
  const tell = (activities: Activity[], result: Result, said: string) =>
    record({
      leadId: of.leadId,
      repId: of.repId,
      activities: [...activities, ...completed(of, result)],
      said: t('recorded', { what: said }),
    });
  const needsAmount = step === 'quote' || (step === 'answer' && answer === 'yes');
  const isWrongAmount = (needsAmount || (step === 'openDeal' && amount.trim() !== '')) && money === undefined;
  const finish = () => {
    setTried(true);
    if (isWrongAmount) return;
    const { dealId } = of;
    const at = new Date(now()).toISOString();
    switch (step) {
      case 'openDeal':
        return tell(
          [
            {
              type: 'DealOpened',
              data: { dealId: newId(), amount: money, products: productIds.length > 0 ? productIds : undefined },
            },
          ],
          'dealOpened',
          t('openDeal'),
        );
      case 'propose':
        return tell([{ type: 'ProductProposed', data: { dealId, productIds, kind: proposalKind(of.offered) } }], 'proposed', t('propose'));
      case 'quote':
        return tell([{ type: 'QuoteSubmitted', data: { ...nextQuote(of.offered, newId()), dealId, amount: money } }], 'quoted', t('quote'));
      case 'answer': {
        const said: Activity = {
          type: 'ClosingAnswered',
          data: { dealId, answer, decideBy: answer === 'undecided' && decideBy !== '' ? decideBy : undefined },
        };
        if (answer === 'yes') return tell([said, { type: 'DealWon', data: { dealId, amount: money, signedAt: at } }], 'won', t('yes'));
        if (answer === 'no') return tell([said, { type: 'DealLost', data: { dealId, reason, declaredBy: 'customer' } }], 'lost', t('no'));
        return tell([said], 'undecided', t('undecided'));
      }
    }
  };
  const isReady =
    step === 'answer' ? answer !== null && (answer !== 'no' || reason.trim() !== '') : step !== 'propose' || productIds.length > 0;
  return (
    <div className={look['part']}>
      <div className={look['chips']} role="group" aria-label={t('deal')}>
        {DEAL_STEPS.filter((one) => (one === 'openDeal') === (of.dealId === undefined)).map((one) => (
          <Chip key={one} isSelected={step === one} onChange={() => setStep(one)}>
            {t(one)}
          </Chip>
        ))}
      </div>
      {step === 'answer' && (
        <div className={look['chips']} role="group" aria-label={t('answer')}>
          {(['yes', 'no', 'undecided'] as const).map((one) => (
            <Chip key={one} isSelected={answer === one} onChange={() => setAnswer(one)}>
              {t(one)}
            </Chip>
          ))}
        </div>
      )}
      {(step === 'openDeal' || step === 'propose') && (
        <Field label={t('products')} hint={t('productsHint')} value={products} onChange={setProducts} />
      )}
      {(step === 'openDeal' || needsAmount) && (
        <Field
          label={t('amount')}
          inputMode="numeric"
          value={amount}
          onChange={setAmount}
          error={tried && isWrongAmount ? t('wrongAmount') : undefined}
        />
      )}
      {step === 'answer' && answer === 'no' && <Field label={t('lostReason')} rows={2} value={reason} onChange={setReason} isRequired />}
      {step === 'answer' && answer === 'undecided' && <Field label={t('decideBy')} type="date" value={decideBy} onChange={setDecideBy} />}
      <Finish isPending={isPending} isDisabled={!isReady} onPress={() => void finish()} />
      {error && <FailedLine error={error} />}
    </div>
  );
}

function Plan({ of, onDone }: PartProps) {
  const t = useTexts(recorderTexts);
  const timeZone = useTimeZone();
  const { record, error, isPending } = useRecord(onDone);
  const [todo, setTodo] = useState('');
  const [because, setBecause] = useState('');
  const [due, setDue] = useState(`${dayAfter(clockOf(now(), timeZone).slice(0, 10), 1)}T10:00`);
  const dueAt = momentOf(due.slice(0, 16), timeZone);
  const plan = () =>
    record({
      leadId: of.leadId,
      repId: of.repId,
      activities: [
        {
          type: 'NextActionPlanned',
          data: {
            actionId: newId(),
            template: todo.trim(),
            dueAt: new Date(dueAt).toISOString(),
            reason: because.trim() || todo.trim(),
            dealId: of.dealId,
          },
        },
      ],
      said: t('recorded', { what: t('plan') }),
    });
  return (
    <div className={look['part']}>
      <div className={look['beside']}>
        <Field label={t('todo')} value={todo} onChange={setTodo} isRequired />
        <Field label={t('due')} type="datetime-local" value={due} onChange={setDue} isRequired />
      </div>
      <Field label={t('because')} value={because} onChange={setBecause} />
      <Finish isPending={isPending} isDisabled={todo.trim() === '' || Number.isNaN(dueAt)} onPress={() => void plan()}>
        {t('planned')}
      </Finish>
      {error && <FailedLine error={error} />}
    </div>
  );
}

function Flow({
  of: { uncovered = [] },
  covered,
  onChange,
}: {
  of: RecordedFor;
  covered: readonly string[];
  onChange(covered: readonly string[]): void;
}) {
  const t = useTexts(recorderTexts);
  const { language } = usePreferences();
  if (uncovered.length === 0) return null;
  return (
    <Titled title={t('covered')}>
      <div className={look['flow']}>
        {uncovered.map(({ id, text, required }) => (
          <Checkbox
            key={id}
            isSelected={covered.includes(id)}
            onChange={(is) => onChange(is ? [...covered, id] : covered.filter((one) => one !== id))}
          >
            {text[language]} {required && <span className={look['required']}>{t('required')}</span>}
          </Checkbox>
        ))}
      </div>
    </Titled>
  );
}

function Mode({ mode, onChoose }: { mode: string; onChoose(mode: string): void }) {
  const t = useTexts(recorderTexts);
  const w = useTexts(words);
  return (
    <div className={look['chips']} role="group" aria-label={t('mode')}>
      {(['onsite', 'remote'] as const).map((one) => (
        <Chip key={one} isSelected={mode === one} onChange={() => onChoose(one)}>
          {w(`modes.${one}`)}
        </Chip>
      ))}
    </div>
  );
}

function Titled({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={look['titled']}>
      <p>{title}</p>
      {children}
    </div>
  );
}

function Finish({
  isPending,
  isDisabled,
  onPress,
  children,
}: {
  isPending: boolean;
  isDisabled?: boolean;
  onPress(): void;
  children?: ReactNode;
}) {
  const t = useTexts(recorderTexts);
  return (
    <div className={look['finish']}>
      <Button kind="main" isPending={isPending} isDisabled={isDisabled} onPress={onPress}>
        {children ?? t('record')}
      </Button>
    </div>
  );
}
