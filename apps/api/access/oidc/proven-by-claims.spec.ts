import { provenByClaims } from './proven-by-claims';

const ROLES = {
  claim: 'groups',
  values: [
    { value: 'leads', role: 'manager' as const },
    { value: 'sales', role: 'rep' as const, repClaim: 'employee_number' },
  ],
};
const proven = (claims: object) => provenByClaims({ iss: 'https://login.leadlog.example', sub: 'u-1', ...claims }, ROLES);

describe('who somebody is by what a provider says', () => {
  it.each([
    [{ groups: ['sales', 'leads'], employee_number: 7 }, { role: 'manager' }],
    [
      { groups: 'sales', employee_number: 7 },
      { role: 'rep', repId: '7' },
    ],
    [{ groups: ['sales'], employee_number: ' ' }, { role: 'rep' }],
    [{ groups: ['Leads', { leads: true }, null] }, {}],
    [{ groups: { leads: 'leads' } }, {}],
    [{}, {}],
  ])('%j gives %j', (claims, expected) => {
    expect(proven(claims)).toEqual({ issuer: 'https://login.leadlog.example', subject: 'u-1', name: 'u-1', ...expected });
  });

  it.each([
    [
      { name: '森', email: 'Mori@Leadlog.example' },
      { name: '森', email: 'mori@leadlog.example' },
    ],
    [{ email: 'mori@leadlog.example', email_verified: false }, { name: 'u-1' }],
    [{ preferred_username: 'mori', email: 'nowhere' }, { name: 'mori' }],
    [{ name: '森'.repeat(300) }, { name: '森'.repeat(200) }],
  ])('of %j are taken %j', (claims, expected) => {
    const { name, email } = proven(claims);
    expect({ name, ...(email !== undefined && { email }) }).toEqual(expected);
  });
});
