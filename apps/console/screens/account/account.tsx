import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { UserRoundX } from 'lucide-react';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { mayDo } from '../../app/screens';
import { useSession } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge, Count, TierBadge } from '../../ui/badge';
import { Empty, Failed, Loading } from '../../ui/states';
import { More } from '../../ui/more';
import { leadWords } from '../../common/lead-words';
import { mainScore } from '../../common/scores';
import { AccountActivity } from './account-activity';
import { accountQuery, dealWorkQuery, type Person } from './account-queries';
import { accountTexts } from './account-texts';
import look from './account.module.css';

const ROLES = ['decisionMaker', 'champion', 'influencer', 'user', 'unknown'] as const;

/** A company: its people by role and heat, who is missing, what they all did, and what they may buy. */
export function Account() {
  const { accountId } = useParams({ from: '/accounts/$accountId' });
  const t = useTexts(accountTexts);
  const l = useTexts(leadWords);
  const formats = useFormats();
  useLive('account');
  const asked = useInfiniteQuery(accountQuery(accountId));
  const { data, error, isPending, refetch } = asked;
  const [account] = data?.pages ?? [];
  if (isPending || account === undefined)
    return <Page title={t('title')}>{isPending ? <Loading rows={8} /> : <Failed error={error} again={() => void refetch()} />}</Page>;
  const people = data!.pages.flatMap((page) => page.people);
  const industry = people.find(({ profile }) => profile.industry)?.profile.industry;
  const employees = people.find(({ profile }) => profile.employees)?.profile.employees;
  const { score, missingRoles } = account;
  return (
    <Page
      title={account.name ?? account.accountId}
      note={
        <span className={look['note']}>
          {[industry, employees !== undefined && t('employees', { count: employees })].filter(Boolean).join(' · ')}
        </span>
      }
    >
      <dl className={look['numbers']}>
        <div>
          <dt>{t('people')}</dt>
          <dd>{formats.number(account.peopleInAll)}</dd>
        </div>
        {score && (
          <div>
            <dt>{t('heat')}</dt>
            <dd>
              {formats.number(score.points)} <small>{t('active', { count: score.activePeople })}</small>
            </dd>
          </div>
        )}
        <div>
          <dt>{t('deals')}</dt>
          {/* Of those people who are shown so far. */}
          <dd>
            {formats.number(new Set(people.flatMap(({ deals }) => deals.map(({ dealId }) => dealId))).size)}
            {asked.hasNextPage && '+'}
          </dd>
        </div>
      </dl>
      {people.length === 0 ? (
        <Empty title={t('nobody')} />
      ) : (
        <>
          <section className={look['section']} aria-label={t('people')}>
            <h2>
              {t('people')} <Count>{formats.number(account.peopleInAll)}</Count>
            </h2>
            <div className={look['roles']}>
              {ROLES.map((role) => {
                const some = people
                  .filter((one) => (one.role ?? 'unknown') === role)
                  .sort((a, b) => (mainScore(b.uncapped) ?? 0) - (mainScore(a.uncapped) ?? 0));
                const isMissing = missingRoles.includes(role);
                if (some.length === 0 && !isMissing) return null;
                return (
                  <section
                    key={role}
                    className={look['role']}
                    data-missing={some.length === 0 || undefined}
                    aria-label={l(`roles.${role}`)}
                  >
                    <h3>
                      {l(`roles.${role}`)} {some.length > 0 && <Count>{some.length}</Count>}
                    </h3>
                    {some.length === 0 ? (
                      <p className={look['missing']}>
                        <UserRoundX aria-hidden="true" />
                        <span>
                          <strong>{t('missing')}</strong> {t('missingWords')}
                        </span>
                      </p>
                    ) : (
                      <ul>
                        {some.map((one) => (
                          <PersonRow key={one.leadId} person={one} />
                        ))}
                      </ul>
                    )}
                  </section>
                );
              })}
            </div>
            <More of={asked}>{t('more')}</More>
          </section>
          <AccountActivity people={people} peopleInAll={account.peopleInAll} />
          <Deals people={people} />
        </>
      )}
    </Page>
  );
}

function PersonRow({ person: { leadId, profile, tier, scores, lastActivityAt } }: { person: Person }) {
  const w = useTexts(words);
  const formats = useFormats();
  const score = mainScore(scores);
  return (
    <li className={look['person']}>
      <Link to="/leads/$leadId" params={{ leadId }}>
        {profile.name ?? w('unknownPerson')}
      </Link>
      <span className={look['soft']}>{[profile.department, profile.title].filter(Boolean).join(' ')}</span>
      <TierBadge tier={tier} />
      <span className={look['score']}>{score === undefined ? '' : formats.number(score)}</span>
      <span className={look['soft']}>{lastActivityAt && formats.relative(lastActivityAt)}</span>
    </li>
  );
}

/** Of all people, each deal once; an open one with its stage and what is next. */
function Deals({ people }: { people: readonly Person[] }) {
  const t = useTexts(accountTexts);
  const w = useTexts(words);
  const deals = new Map<string, { person: Person; deal: Person['deals'][number] }>();
  for (const person of people) for (const deal of person.deals) if (!deals.has(deal.dealId)) deals.set(deal.dealId, { person, deal });
  return (
    <section className={look['section']} aria-label={t('deals')}>
      <h2>
        {t('deals')} <Count>{deals.size}</Count>
      </h2>
      {deals.size === 0 ? (
        <p className={look['soft']}>{t('noDeals')}</p>
      ) : (
        <ul className={look['deals']}>
          {[...deals.values()]
            .sort((a, b) => (b.deal.at ?? '').localeCompare(a.deal.at ?? ''))
            .map(({ person, deal }) => (
              <DealRow key={deal.dealId} deal={deal} person={person} name={person.profile.name ?? w('unknownPerson')} />
            ))}
        </ul>
      )}
    </section>
  );
}

function DealRow({ deal: { dealId, state, at }, person, name }: { deal: Person['deals'][number]; person: Person; name: string }) {
  const t = useTexts(accountTexts);
  const l = useTexts(leadWords);
  const formats = useFormats();
  const { language } = usePreferences();
  const { data: session } = useSession();
  const isOpen = state === 'open' && session !== null && session !== undefined && mayDo(session, 'work.read');
  const { data } = useQuery({ ...dealWorkQuery(person.leadId), enabled: isOpen });
  const work = data?.items.find((one) => one.dealId === dealId);
  return (
    <li>
      <Badge kind={state === 'won' ? 'good' : state === 'open' ? 'accent' : 'plain'}>{l(`dealStates.${state}`)}</Badge>
      <span className={look['dealId']}>{dealId}</span>
      <Link to="/leads/$leadId" params={{ leadId: person.leadId }}>
        {name}
      </Link>
      <span className={look['soft']}>{at && t(state === 'open' ? 'openedOn' : 'endedOn', { at: formats.day(at) })}</span>
      {work && (
        <span className={look['soft']}>
          {[
            work.stage.name && `${t('stage')}: ${work.stage.name[language]}`,
            t('next', { what: work.next.what[language], at: formats.day(work.next.dueAt) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      )}
    </li>
  );
}
