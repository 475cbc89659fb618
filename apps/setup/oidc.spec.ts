import { resolve } from 'node:path';
import { readSettings } from './settings';

const SET = { OIDC_ISSUER: 'https://login.leadlog.example/realms/sales', OIDC_CLIENT_ID: 'leadlog', OIDC_ROLES: 'groups: leads=manager' };

describe('the settings of an identity provider', () => {
  it('are none where none is set, and are read without looking at the provider or the secret', () => {
    expect(readSettings({ OIDC_ISSUER: '' }).oidc).toBeUndefined();
    expect(readSettings({ ...SET, OIDC_CLIENT_SECRET_FILE: 'not/there' }).oidc).toEqual({
      issuer: SET.OIDC_ISSUER,
      clientId: 'leadlog',
      secretFile: resolve('not/there'),
      roles: { claim: 'groups', values: [{ value: 'leads', role: 'manager' }] },
    });
  });

  it('read roles in their order, with claims that are addresses and values that hold nearly anything', () => {
    const roles = 'https://leadlog.example/claims: /Sales Leads=manager, a=b=owner,urn:x:field = rep/employee_number';
    expect(readSettings({ ...SET, OIDC_ROLES: roles }).oidc!.roles).toEqual({
      claim: 'https://leadlog.example/claims',
      values: [
        { value: '/Sales Leads', role: 'manager' },
        { value: 'a=b', role: 'owner' },
        { value: 'urn:x:field', role: 'rep', repClaim: 'employee_number' },
      ],
    });
  });

  it.each([
    [{ OIDC_ISSUER: '' }, 'OIDC_ISSUER: expected the address of the identity provider, since OIDC_CLIENT_ID is set, got nothing'],
    [{ OIDC_ISSUER: 'http://login.leadlog.example' }, 'OIDC_ISSUER: expected an https address'],
    [{ OIDC_ISSUER: 'https://me:S3cret@login.leadlog.example' }, 'got "https://***@login.leadlog.example"'],
    [{ OIDC_CLIENT_ID: '' }, 'OIDC_CLIENT_ID: expected what the provider calls Leadlog, since OIDC_ISSUER is set, got nothing'],
    [{ OIDC_ROLES: '' }, 'OIDC_ROLES: expected which claim gives which role'],
    [{ OIDC_ROLES: 'leads=manager' }, 'OIDC_ROLES: expected a claim, a colon, a space, and value=role'],
    [{ OIDC_ROLES: 'groups: leads' }, 'OIDC_ROLES: expected value=role, such as sales-leads=manager, got "leads"'],
    [{ OIDC_ROLES: 'groups: leads=manger' }, 'got "manger"; the nearest is manager'],
    [{ OIDC_ROLES: 'groups: cards=sender' }, 'OIDC_ROLES: expected one of the roles rep, '],
    [{ OIDC_ROLES: 'groups: sales=rep' }, 'OIDC_ROLES: expected rep, and rep alone, with the claim'],
    [{ OIDC_ROLES: 'groups: leads=manager/id' }, 'OIDC_ROLES: expected rep, and rep alone, with the claim'],
  ])('refuse %j and say what was expected', (env, message) => {
    expect(() => readSettings({ ...SET, ...env })).toThrow(message);
  });
});
