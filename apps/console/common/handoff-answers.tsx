import { useState } from 'react';
import { answerOf, api } from '../api/client';
import { LEAD_CHANGES } from '../api/reads';
import { useCommand } from '../api/use-command';
import { mayDo } from '../app/screens';
import { useSession } from '../app/session';
import { useTexts } from '../app/texts';
import { words } from '../app/words';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Field } from '../ui/form';
import { MenuButton, MenuItem, MenuPart } from '../ui/menu';
import { FailedLine } from '../ui/states';
import { toast } from '../ui/toast';
import { handoffTexts } from './handoff-texts';
import { REJECTIONS, type Rejection } from './rejections';
import look from './handoff-answers.module.css';

interface Handed {
  handoffId: string;
  /** Who has it, and answers. */
  repId: string;
  /** Of the lead, as it is called. */
  name: string;
}

/** Accept it or give it back, in one tap each. */
export function HandoffAnswers({ handoffId, repId, name }: Handed) {
  const t = useTexts(handoffTexts);
  const w = useTexts(words);
  const params = { path: { id: handoffId } };
  const accept = useCommand(({ id }) => answerOf(api.POST('/v1/handoffs/{id}/accept', { params, body: { id, repId } })), {
    changes: LEAD_CHANGES,
    onDone: () => toast(t('accepted', { name })),
  });
  const reject = useCommand(
    ({ id, reason }: { id: string; reason: Rejection }) =>
      answerOf(api.POST('/v1/handoffs/{id}/reject', { params, body: { id, repId, reason } })),
    { changes: LEAD_CHANGES, onDone: () => toast(t('rejected', { name })) },
  );
  const error = accept.error ?? reject.error;
  return (
    <>
      {error && <FailedLine error={error} />}
      <Button kind="main" isPending={accept.isPending} onPress={() => void accept.tell({})} aria-label={`${t('accept')}: ${name}`}>
        {t('accept')}
      </Button>
      <MenuButton className={look['reject']} label={`${t('reject')}: ${name}`} content={<span>{t('reject')}</span>}>
        <MenuPart title={t('rejectBecause')}>
          {REJECTIONS.map((reason) => (
            <MenuItem key={reason} onAction={() => void reject.tell({ reason })}>
              {w(`rejections.${reason}`)}
            </MenuItem>
          ))}
        </MenuPart>
      </MenuButton>
    </>
  );
}

/** A question to the other side about a lead. Whoever may answer handoffs is of sales. */
export function AskOtherSide({ handoffId, repId, name, isOpen, onClose }: Handed & { isOpen: boolean; onClose(): void }) {
  const t = useTexts(handoffTexts);
  const { data: session } = useSession();
  const isOfSales = session != null && mayDo(session, 'handoffs.answer');
  const [text, setText] = useState('');
  const ask = useCommand(
    ({ id, question }: { id: string; question: string }) =>
      answerOf(
        api.POST('/v1/handoffs/{id}/insight', {
          params: { path: { id: handoffId } },
          body: { id, kind: 'question', text: question, ...(isOfSales ? { repId, side: 'sales' } : { side: 'marketing' }) },
        }),
      ),
    {
      changes: LEAD_CHANGES,
      onDone: () => {
        toast(t('asked', { name }));
        onClose();
        setText('');
      },
    },
  );
  return (
    <Dialog
      title={t(isOfSales ? 'askMarketing' : 'askSales')}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <Button
          kind="main"
          isPending={ask.isPending}
          isDisabled={text.trim() === ''}
          onPress={() => void ask.tell({ question: text.trim() })}
        >
          {t('send')}
        </Button>
      }
    >
      <Field
        label={t('question')}
        hint={t(isOfSales ? 'marketingAnswers' : 'salesAnswers')}
        rows={4}
        value={text}
        onChange={setText}
        autoFocus
      />
      {ask.error && <FailedLine error={ask.error} />}
    </Dialog>
  );
}
