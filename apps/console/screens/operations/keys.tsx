import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
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
import { Failed, FailedLine, Loading } from '../../ui/states';
import { toast } from '../../ui/toast';
import { operationsTexts } from './operations-texts';
import { ShownOnce } from './shown-once';
import look from './operations.module.css';

type Key = components['schemas']['Key'];
type Role = Key['role'];
const ROLES: readonly Role[] = ['sender', 'rep', 'marketing', 'manager', 'analyst', 'operator', 'owner'];
const KINDS = { valid: 'good', expired: 'warm', revoked: 'plain' } as const;

export function Keys() {
  const t = useTexts(operationsTexts);
  const s = useTexts(shellTexts);
  const formats = useFormats();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => answerOf(api.GET('/v1/keys', { signal })),
  });
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const rotate = useCommand(
    ({ keyId }: { id: string; keyId: string }) => answerOf(api.POST('/v1/keys/{id}/rotate', { params: { path: { id: keyId } }, body: {} })),
    { changes: ['keys'], onDone: ({ key }) => setSecret(key), once: true },
  );
  const revoke = useCommand(
    ({ keyId }: { id: string; keyId: string; name: string }) =>
      answerOf(api.POST('/v1/keys/{id}/revoke', { params: { path: { id: keyId } } })),
    { changes: ['keys'], onDone: (_answer, { name }) => toast(t('keys.revoked', { name })) },
  );
  if (isPending) return <Loading rows={4} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  const failure = rotate.error ?? revoke.error;
  return (
    <div className={look['part']}>
      {secret !== undefined && <ShownOnce secret={secret} words={t('keys.made')} onKept={() => setSecret(undefined)} />}
      {isMaking ? (
        <NewKey
          onMade={(key) => {
            setSecret(key);
            setMaking(false);
          }}
          onCancel={() => setMaking(false)}
        />
      ) : (
        <div className={look['row']}>
          <Button kind="main" icon={<KeyRound aria-hidden="true" />} onPress={() => setMaking(true)}>
            {t('keys.make')}
          </Button>
        </div>
      )}
      {failure && <FailedLine error={failure} />}
      <Rows
        label={t('parts.keys')}
        rows={data.items}
        keyOf={({ keyId }) => keyId}
        columns={[
          { id: 'name', name: t('keys.name'), isName: true, cell: ({ name }) => name },
          { id: 'role', name: t('keys.role'), cell: ({ role }) => s(`roles.${role}`) },
          { id: 'state', name: t('keys.state'), cell: ({ state }) => <Badge kind={KINDS[state]}>{t(`keys.states.${state}`)}</Badge> },
          {
            id: 'bound',
            name: t('keys.bound'),
            cell: ({ source, types = [], repId, teams = [] }) => [source, ...types, repId, ...teams].filter(Boolean).join(', '),
          },
          { id: 'created', name: t('keys.created'), cell: ({ createdAt }) => formats.fullMoment(createdAt) },
          {
            id: 'expires',
            name: t('keys.expires'),
            cell: ({ expiresAt }) => (expiresAt === undefined ? t('keys.never') : formats.fullMoment(expiresAt)),
          },
          {
            id: 'actions',
            name: t('keys.actions'),
            isNameHidden: true,
            isNumber: true,
            cell: ({ keyId, name, state }) =>
              state === 'valid' && (
                <>
                  <ConfirmButton
                    label={t('keys.rotate')}
                    of={name}
                    title={t('keys.rotateTitle', { name })}
                    isPending={rotate.isPending}
                    onConfirm={() => void rotate.tell({ keyId })}
                  >
                    <p>{t('keys.rotateWords')}</p>
                  </ConfirmButton>
                  <ConfirmButton
                    label={t('keys.revoke')}
                    of={name}
                    title={t('keys.revokeTitle', { name })}
                    isPending={revoke.isPending}
                    onConfirm={() => void revoke.tell({ keyId, name })}
                  >
                    <p>{t('keys.revokeWords')}</p>
                  </ConfirmButton>
                </>
              ),
          },
        ]}
      />
    </div>
  );
}

function NewKey({ onMade, onCancel }: { onMade(key: string): void; onCancel(): void }) {
  const t = useTexts(operationsTexts);
  const s = useTexts(shellTexts);
  const reps = useRepOptions();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('sender');
  const [source, setSource] = useState('');
  const [repId, setRepId] = useState<string | null>(null);
  const [teams, setTeams] = useState('');
  const named = teams
    .split(/[,、]/)
    .map((one) => one.trim())
    .filter(Boolean);
  const make = useCommand(
    (_intent: { id: string }) =>
      answerOf(
        api.POST('/v1/keys', {
          body: {
            name,
            role,
            ...(role === 'sender' && source !== '' && { source }),
            ...(role === 'rep' && repId !== null && { repId }),
            ...(role === 'manager' && named.length > 0 && { teams: named }),
          },
        }),
      ),
    { changes: ['keys'], onDone: ({ key }) => onMade(key), once: true },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make.tell({});
  };
  return (
    <form className={look['form']} onSubmit={submit}>
      <Field label={t('keys.name')} value={name} onChange={setName} isRequired autoFocus />
      <Select
        label={t('keys.role')}
        options={ROLES.map((id) => ({ id, name: s(`roles.${id}`) }))}
        chosen={role}
        onChoose={(id) => setRole(id as Role)}
      />
      {role === 'sender' && <Field label={t('keys.source')} hint={t('keys.sourceHint')} value={source} onChange={setSource} />}
      {role === 'rep' && <Select label={t('keys.repId')} options={reps} chosen={repId} onChoose={setRepId} />}
      {role === 'manager' && <Field label={t('keys.teams')} hint={t('keys.teamsHint')} value={teams} onChange={setTeams} />}
      <div className={look['row']}>
        {make.error && <FailedLine error={make.error} />}
        <Button kind="main" type="submit" isPending={make.isPending}>
          {t('keys.make')}
        </Button>
        <CancelButton onPress={onCancel} />
      </div>
    </form>
  );
}
