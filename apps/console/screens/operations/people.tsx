import { useQuery } from '@tanstack/react-query';
import { UserPlus, Users } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { answerOf, api } from '../../api/client';
import type { components } from '../../api/types.gen';
import { useCommand } from '../../api/use-command';
import { useFormats } from '../../app/formats';
import { shellTexts } from '../../app/shell-texts';
import { useTexts } from '../../app/texts';
import { useRepOptions } from '../../common/rep-options';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { CancelButton } from '../../ui/cancel-button';
import { ConfirmButton } from '../../ui/dialog';
import { Field, Select } from '../../ui/form';
import { Rows } from '../../ui/rows';
import { Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { operationsTexts } from './operations-texts';
import { ShownOnce } from './shown-once';
import look from './operations.module.css';

type Person = components['schemas']['Person'];
type Role = Person['role'];
const ROLES: readonly Role[] = ['rep', 'marketing', 'manager', 'analyst', 'operator', 'owner'];

export function People() {
  const t = useTexts(operationsTexts);
  const s = useTexts(shellTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/people', { signal })),
  });
  const [isAdding, setAdding] = useState(false);
  const [link, setLink] = useState<{ link: string; name: string; until: string }>();
  const makeLink = useCommand(
    ({ personId }: { id: string; personId: string; name: string }) =>
      answerOf(api.POST('/v1/people/{id}/link', { params: { path: { id: personId } } })),
    { changes: ['people'], onDone: (made, { name }) => setLink({ link: made.link, name, until: made.expiresAt }), once: true },
  );
  const change = useCommand(
    ({ personId, doing }: { id: string; personId: string; doing: 'disable' | 'enable' | 'sign-out' }): Promise<unknown> => {
      const params = { path: { id: personId } };
      if (doing === 'disable') return answerOf(api.POST('/v1/people/{id}/disable', { params }));
      if (doing === 'enable') return answerOf(api.POST('/v1/people/{id}/enable', { params }));
      return answerOf(api.POST('/v1/people/{id}/sign-out', { params }));
    },
    { changes: ['people'] },
  );
  if (isPending) return <Loading rows={4} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  const failure = makeLink.error ?? change.error;
  return (
    <div className={look['part']}>
      {link && (
        <ShownOnce
          secret={link.link}
          words={t('people.linkMade', { name: link.name, time: formats.clock(link.until) })}
          onKept={() => setLink(undefined)}
        />
      )}
      {isAdding ? (
        <NewPerson onDone={() => setAdding(false)} />
      ) : (
        <div className={look['row']}>
          <Button kind="main" icon={<UserPlus aria-hidden="true" />} onPress={() => setAdding(true)}>
            {t('people.add')}
          </Button>
        </div>
      )}
      {failure && <FailedLine error={failure} />}
      {data.items.length === 0 ? (
        <Empty icon={<Users />} title={t('people.none.title')}>
          {t('people.none.words')}
        </Empty>
      ) : (
        <Rows
          label={t('parts.people')}
          rows={data.items}
          keyOf={({ personId }) => personId}
          columns={[
            { id: 'name', name: t('people.name'), isName: true, cell: ({ name }) => name },
            { id: 'email', name: t('people.email'), cell: ({ email }) => email },
            { id: 'role', name: t('people.role'), cell: ({ role, repId }) => [s(`roles.${role}`), repId].filter(Boolean).join(' · ') },
            {
              id: 'state',
              name: t('people.state'),
              cell: ({ state }) => <Badge kind={state === 'enabled' ? 'good' : 'plain'}>{t(`people.states.${state}`)}</Badge>,
            },
            { id: 'sessions', name: t('people.sessions'), isNumber: true, cell: ({ sessions }) => formats.number(sessions) },
            {
              id: 'actions',
              name: t('people.actions'),
              isNameHidden: true,
              isNumber: true,
              cell: ({ personId, name, state, sessions, issuer }) => (
                <>
                  {state === 'enabled' && issuer === undefined && (
                    <Button
                      size="s"
                      isPending={makeLink.isPending}
                      onPress={() => void makeLink.tell({ personId, name })}
                      aria-label={`${t('people.link')}: ${name}`}
                    >
                      {t('people.link')}
                    </Button>
                  )}
                  {sessions > 0 && (
                    <ConfirmButton
                      label={t('people.signOut')}
                      of={name}
                      title={t('people.signOutTitle', { name })}
                      isPending={change.isPending}
                      onConfirm={() => void change.tell({ personId, doing: 'sign-out' })}
                    >
                      <p>{t('people.signOutWords')}</p>
                    </ConfirmButton>
                  )}
                  {state === 'enabled' ? (
                    <ConfirmButton
                      label={t('people.disable')}
                      of={name}
                      title={t('people.disableTitle', { name })}
                      isPending={change.isPending}
                      onConfirm={() => void change.tell({ personId, doing: 'disable' })}
                    >
                      <p>{t('people.disableWords')}</p>
                    </ConfirmButton>
                  ) : (
                    <Button
                      size="s"
                      kind="quiet"
                      isPending={change.isPending}
                      onPress={() => void change.tell({ personId, doing: 'enable' })}
                      aria-label={`${t('people.enable')}: ${name}`}
                    >
                      {t('people.enable')}
                    </Button>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
    </div>
  );
}

function NewPerson({ onDone }: { onDone(): void }) {
  const t = useTexts(operationsTexts);
  const s = useTexts(shellTexts);
  const reps = useRepOptions();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('rep');
  const [repId, setRepId] = useState<string | null>(null);
  const add = useCommand(
    (_intent: { id: string }) =>
      answerOf(
        api.POST('/v1/people', {
          body: { name, role, ...(email !== '' && { email }), ...(role === 'rep' && repId !== null && { repId }) },
        }),
      ),
    {
      changes: ['people'],
      once: true,
      onDone: () => {
        toast(t('people.added', { name }));
        onDone();
      },
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void add.tell({});
  };
  return (
    <form className={look['form']} onSubmit={submit}>
      <Field label={t('people.name')} value={name} onChange={setName} isRequired autoFocus />
      <Field label={t('people.email')} type="email" value={email} onChange={setEmail} />
      <Select
        label={t('people.role')}
        options={ROLES.map((id) => ({ id, name: s(`roles.${id}`) }))}
        chosen={role}
        onChoose={(id) => setRole(id as Role)}
      />
      {role === 'rep' && <Select label={t('keys.repId')} options={reps} chosen={repId} onChoose={setRepId} />}
      <div className={look['row']}>
        {add.error && <FailedLine error={add.error} />}
        <Button kind="main" type="submit" isPending={add.isPending}>
          {t('people.add')}
        </Button>
        <CancelButton onPress={onDone} />
      </div>
    </form>
  );
}
