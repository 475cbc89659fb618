import { useState } from 'react';
import { Check, Ellipsis, PencilLine } from 'lucide-react';
import { answerOf, api } from '../../api/client';
import { useReps } from '../../api/reps';
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
import { Recorder } from '../../common/recorder';
import type { components } from '../../api/types.gen';
import type { LeadAnswer } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

const REASONS = ['badFit', 'noNeed', 'badTiming', 'duplicate', 'badData', 'competitor', 'other'] as const;
const CHANGES = ['lead', 'leads', 'day', 'inbox', 'account', 'revisits', 'questions', 'board'];

type Panel = 'record' | 'return' | 'disqualify' | 'requalify' | 'assign' | 'ask';

/** What somebody may do with the lead as it stands; `work`: what is to be done with it, of which a record is made. */
export function LeadActions({ lead, session, work }: { lead: LeadAnswer; session: Session; work?: components['schemas']['WorkNow'] }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const [panel, setPanel] = useState<Panel>();
  const { leadId, handoffId, repId, state } = lead;
  const name = lead.profile.name ?? w('unknownPerson');
  const params = { path: { id: handoffId ?? '' } };
  const accept = useCommand(({ id }) => answerOf(api.POST('/v1/handoffs/{id}/accept', { params, body: { id, repId: repId! } })), {
    changes: CHANGES,
    onDone: () => toast(t('actions.accepted', { name })),
  });
  const reject = useCommand(
    ({ id, reason }: { id: string; reason: (typeof REASONS)[number] }) =>
      answerOf(api.POST('/v1/handoffs/{id}/reject', { params, body: { id, repId: repId!, reason } })),
    { changes: CHANGES, onDone: () => toast(t('actions.rejected', { name })) },
  );
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
  const error = accept.error ?? reject.error;
  const close = () => setPanel(undefined);
  if (lead.erased) return null;
  return (
    <>
      <div className={look['actions']}>
        {toAnswer && (
          <>
            <Button kind="main" icon={<Check aria-hidden="true" />} isPending={accept.isPending} onPress={() => void accept.tell({})}>
              {t('actions.accept')}
            </Button>
            <MenuButton className={look['menu']} label={`${t('actions.reject')}: ${name}`} content={<span>{t('actions.reject')}</span>}>
              <MenuPart title={t('actions.reject')}>
                {REASONS.map((reason) => (
                  <MenuItem key={reason} onAction={() => void reject.tell({ reason })}>
                    {w(`rejections.${reason}`)}
                  </MenuItem>
                ))}
              </MenuPart>
            </MenuButton>
          </>
        )}
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
      {error && <FailedLine error={error} />}
      {panel !== undefined && (
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
            <Decision key={panel} kind={panel} lead={lead} name={name} isOfSales={session.repId !== undefined} onDone={close} />
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
  isOfSales,
  onDone,
}: {
  kind: Exclude<Panel, 'record'>;
  lead: LeadAnswer;
  name: string;
  isOfSales: boolean;
  onDone(): void;
}) {
  const t = useTexts(leadTexts);
  const reps = useReps();
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
        case 'ask':
          return answerOf(
            api.POST('/v1/handoffs/{id}/insight', {
              params: handoff,
              body: {
                id,
                kind: 'question',
                text: said.reason,
                ...(isOfSales ? { repId, side: 'sales' as const } : { side: 'marketing' as const }),
              },
            }),
          );
      }
    },
    {
      changes: CHANGES,
      onDone: () => {
        const rep = reps?.items.find((one) => one.repId === to)?.name ?? to ?? '';
        toast(
          kind === 'return'
            ? t('actions.returned', { name })
            : kind === 'disqualify'
              ? t('actions.disqualified', { name })
              : kind === 'requalify'
                ? t('actions.requalified', { name })
                : kind === 'assign'
                  ? t('actions.assigned', { rep })
                  : t('actions.asked'),
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
      {kind === 'assign' && (
        <Select
          label={t('actions.to')}
          options={(reps?.items ?? [])
            .filter((one) => !one.hasLeft && one.repId !== repId)
            .map((one) => ({ id: one.repId, name: one.name ?? one.repId, note: one.teamId }))}
          chosen={to}
          onChoose={setTo}
        />
      )}
      <Field
        label={t(kind === 'ask' ? 'actions.question' : 'actions.reason')}
        rows={kind === 'ask' ? 3 : undefined}
        value={reason}
        onChange={setReason}
        isRequired
        autoFocus
      />
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
