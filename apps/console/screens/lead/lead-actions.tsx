import { useState } from 'react';
import { Ellipsis, PencilLine } from 'lucide-react';
import { answerOf, api } from '../../api/client';
import { LEAD_CHANGES } from '../../api/reads';
import { useCommand } from '../../api/use-command';
import { mayDo } from '../../app/screens';
import type { Session } from '../../app/session';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Button } from '../../ui/button';
import { Field, Select } from '../../ui/form';
import { MenuButton, MenuItem, MenuPart } from '../../ui/menu';
import { FailedLine } from '../../ui/states';
import { toast } from '../../ui/toast';
import { AskOtherSide, HandoffAnswers } from '../../common/handoff-answers';
import { Recorder } from '../../common/recorder';
import { useRepOptions } from '../../common/rep-options';
import type { components } from '../../api/types.gen';
import type { LeadAnswer } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

type Panel = 'record' | 'return' | 'disqualify' | 'requalify' | 'assign' | 'ask';

/** What somebody may do with the lead as it stands; `work`: what is to be done with it, of which a record is made. */
export function LeadActions({ lead, session, work }: { lead: LeadAnswer; session: Session; work?: components['schemas']['WorkNow'] }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const [panel, setPanel] = useState<Panel>();
  const { leadId, handoffId, repId, state } = lead;
  const name = lead.profile.name ?? w('unknownPerson');
  const may = (permission: Parameters<typeof mayDo>[1]) => mayDo(session, permission);
  const isOpen = handoffId !== undefined && repId !== undefined;
  const toAnswer = isOpen && state === 'handed-off' && may('handoffs.answer');
  const others = (
    [
      ['ask', isOpen && may('questions.answer')],
      ['return', isOpen && may('handoffs.answer')],
      ['assign', isOpen && may('handoffs.assign')],
      ['disqualify', state !== 'disqualified' && may('leads.decide')],
      ['requalify', state === 'disqualified' && may('leads.decide')],
    ] as const
  ).flatMap(([one, is]) => (is ? [one] : []));
  const canRecord = isOpen && may('work.record');
  const close = () => setPanel(undefined);
  if (lead.erased) return null;
  return (
    <>
      <div className={look['actions']}>
        {toAnswer && <HandoffAnswers handoffId={handoffId} repId={repId} name={name} />}
        {canRecord && (
          <Button
            kind={toAnswer ? 'plain' : 'main'}
            icon={<PencilLine aria-hidden="true" />}
            aria-expanded={panel === 'record'}
            onPress={() => setPanel(panel === 'record' ? undefined : 'record')}
          >
            {t('actions.record')}
          </Button>
        )}
        {others.length > 0 && (
          <MenuButton className={look['menu']} label={t('actions.more')} content={<Ellipsis aria-hidden="true" />}>
            <MenuPart>
              {others.map((one) => (
                <MenuItem key={one} isDanger={one === 'disqualify'} onAction={() => setPanel(one)}>
                  {t(`actions.${one}`)}
                </MenuItem>
              ))}
            </MenuPart>
          </MenuButton>
        )}
      </div>
      {isOpen && <AskOtherSide handoffId={handoffId} repId={repId} name={name} isOpen={panel === 'ask'} onClose={close} />}
      {panel !== undefined && panel !== 'ask' && (
        <section className={look['panel']} aria-label={t(`actions.${panel}`)}>
          <h2>
            {t(`actions.${panel}`)}
            <Button kind="quiet" size="s" onPress={close}>
              {t('actions.close')}
            </Button>
          </h2>
          {panel === 'record' ? (
            <Recorder
              first="call"
              of={{
                leadId,
                repId: repId!,
                dealId: work?.dealId,
                offered: work?.offered,
                appointmentId: work?.next.appointmentId,
                scheduledAt: work?.next.scheduledAt,
                actionId: work?.next.actionId,
                name: lead.profile.name,
                uncovered: work?.uncovered,
              }}
              onDone={close}
            />
          ) : (
            <Decision key={panel} kind={panel} lead={lead} name={name} onDone={close} />
          )}
        </section>
      )}
    </>
  );
}

function Decision({
  kind,
  lead: { leadId, handoffId, repId },
  name,
  onDone,
}: {
  kind: Exclude<Panel, 'record' | 'ask'>;
  lead: LeadAnswer;
  name: string;
  onDone(): void;
}) {
  const t = useTexts(leadTexts);
  const reps = useRepOptions();
  const [reason, setReason] = useState('');
  const [revisitOn, setRevisit] = useState('');
  const [note, setNote] = useState('');
  const [to, setTo] = useState<string | null>(null);
  const params = { path: { id: leadId } };
  const handoff = { path: { id: handoffId ?? '' } };
  const { tell, error, isPending } = useCommand(
    async ({ id }: { id: string }): Promise<unknown> => {
      const said = { id, reason: reason.trim() };
      switch (kind) {
        case 'return':
          return answerOf(
            api.POST('/v1/leads/{id}/return', {
              params,
              body: { ...said, repId, revisitOn: revisitOn || undefined, note: note.trim() || undefined },
            }),
          );
        case 'disqualify':
          return answerOf(api.POST('/v1/leads/{id}/disqualify', { params, body: said }));
        case 'requalify':
          return answerOf(api.POST('/v1/leads/{id}/requalify', { params, body: said }));
        case 'assign':
          return answerOf(api.POST('/v1/handoffs/{id}/assign', { params: handoff, body: { ...said, repId: to! } }));
      }
    },
    {
      changes: LEAD_CHANGES,
      onDone: () => {
        const rep = reps.find(({ id }) => id === to)?.name ?? '';
        toast(
          kind === 'return'
            ? t('actions.returned', { name })
            : kind === 'disqualify'
              ? t('actions.disqualified', { name })
              : kind === 'requalify'
                ? t('actions.requalified', { name })
                : t('actions.assigned', { rep }),
        );
        onDone();
      },
    },
  );
  return (
    <form
      className={look['decision']}
      onSubmit={(event) => {
        event.preventDefault();
        void tell({});
      }}
    >
      {kind === 'disqualify' && <p className={look['quiet']}>{t('actions.disqualifyHint')}</p>}
      {kind === 'requalify' && <p className={look['quiet']}>{t('actions.requalifyHint')}</p>}
      {kind === 'assign' && <Select label={t('actions.to')} options={reps.filter(({ id }) => id !== repId)} chosen={to} onChoose={setTo} />}
      <Field label={t('actions.reason')} value={reason} onChange={setReason} isRequired autoFocus />
      {kind === 'return' && (
        <>
          <Field label={t('actions.revisit')} hint={t('actions.revisitHint')} type="date" value={revisitOn} onChange={setRevisit} />
          <Field label={t('actions.note')} rows={2} value={note} onChange={setNote} />
        </>
      )}
      {error && <FailedLine error={error} />}
      <Button
        type="submit"
        kind={kind === 'disqualify' ? 'danger' : 'main'}
        isPending={isPending}
        isDisabled={reason.trim() === '' || (kind === 'assign' && to === null)}
      >
        {t(`actions.${kind}`)}
      </Button>
    </form>
  );
}
