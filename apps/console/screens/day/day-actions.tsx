import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { LEAD_CHANGES } from '../../api/reads';
import { useCommand } from '../../api/use-command';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field } from '../../ui/form';
import { FailedLine } from '../../ui/states';
import { toast } from '../../ui/toast';
import { HandoffAnswers } from '../../common/handoff-answers';
import type { DayItem } from './day-item';
import { dayTexts } from './day-texts';
import look from './day.module.css';

/** What is answered in one tap. */
export function DayActions({ item, repId, name }: { item: DayItem; repId: string; name: string }) {
  if (item.section === 'accept' && item.from === 'relay') return <Relay item={item} repId={repId} name={name} />;
  if (item.section === 'accept') return <HandoffAnswers handoffId={item.handoffId ?? ''} repId={repId} name={name} />;
  if (item.section === 'card') return <Card item={item} repId={repId} name={name} />;
  if (item.section === 'question') return <Question item={item} repId={repId} />;
  return null;
}

interface Props {
  item: DayItem;
  repId: string;
  name: string;
}

function Relay({ item: { appointmentId = '' }, repId, name }: Props) {
  const t = useTexts(dayTexts);
  const params = { path: { id: appointmentId } };
  const [isAsked, setAsked] = useState(false);
  const [reason, setReason] = useState('');
  const onDone = () => {
    toast(t('relayed', { name }));
    setAsked(false);
  };
  const accept = useCommand(({ id }) => answerOf(api.POST('/v1/appointments/{id}/relay/accept', { params, body: { id, repId } })), {
    changes: LEAD_CHANGES,
    onDone,
  });
  const decline = useCommand(
    ({ id, reason }: { id: string; reason: string }) =>
      answerOf(api.POST('/v1/appointments/{id}/relay/reject', { params, body: { id, repId, reason } })),
    { changes: LEAD_CHANGES, onDone },
  );
  return (
    <>
      {accept.error && <FailedLine error={accept.error} />}
      <Button kind="main" isPending={accept.isPending} onPress={() => void accept.tell({})} aria-label={`${t('acceptRelay')}: ${name}`}>
        {t('acceptRelay')}
      </Button>
      <Button kind="quiet" onPress={() => setAsked(true)} aria-label={`${t('declineRelay')}: ${name}`}>
        {t('declineRelay')}
      </Button>
      <Dialog
        title={t('declineTitle')}
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        actions={
          <Button
            kind="main"
            isPending={decline.isPending}
            isDisabled={reason.trim() === ''}
            onPress={() => void decline.tell({ reason: reason.trim() })}
          >
            {t('declineRelay')}
          </Button>
        }
      >
        <Field label={t('declineReason')} rows={2} value={reason} onChange={setReason} isRequired autoFocus />
        {decline.error && <FailedLine error={decline.error} />}
      </Dialog>
    </>
  );
}

function Card({ item: { cardId = '' }, repId, name }: Props) {
  const t = useTexts(dayTexts);
  const handOver = useCommand(
    ({ id }) => answerOf(api.POST('/v1/cards/hand-over', { body: { id, repId, cards: [cardId], reason: 'dormant' } })),
    { changes: LEAD_CHANGES, onDone: () => toast(t('handedOver', { name })) },
  );
  return (
    <>
      {handOver.error && <FailedLine error={handOver.error} />}
      <Button isPending={handOver.isPending} onPress={() => void handOver.tell({})} aria-label={`${t('handOver')}: ${name}`}>
        {t('handOver')}
      </Button>
    </>
  );
}

function Question({ item: { handoffId = '' }, repId }: Pick<Props, 'item' | 'repId'>) {
  const t = useTexts(dayTexts);
  const [text, setText] = useState('');
  const answer = useCommand(
    ({ id, text: said }: { id: string; text: string }) =>
      answerOf(
        api.POST('/v1/handoffs/{id}/insight', {
          params: { path: { id: handoffId } },
          body: { id, kind: 'answer', text: said, repId, side: 'sales' },
        }),
      ),
    { changes: LEAD_CHANGES, onDone: () => toast(t('replied')) },
  );
  return (
    <form
      className={look['reply']}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') void answer.tell({ text: text.trim() });
      }}
    >
      <Field label={t('reply')} isLabelHidden placeholder={t('reply')} value={text} onChange={setText} />
      <Button type="submit" kind="main" isPending={answer.isPending} isDisabled={text.trim() === ''}>
        {t('reply')}
      </Button>
      {answer.error && <FailedLine error={answer.error} />}
    </form>
  );
}
