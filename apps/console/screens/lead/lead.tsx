import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Building2, Handshake, TriangleAlert } from 'lucide-react';
import { isProblem } from '../../api/problem';
import { useRepName } from '../../api/reps';
import { useLive } from '../../api/use-live';
import { useFormats } from '../../app/formats';
import { mayDo } from '../../app/screens';
import { useSession, type Session } from '../../app/session';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { TierBadge } from '../../ui/badge';
import { Empty, Failed, Loading } from '../../ui/states';
import { mainScore } from '../../common/scores';
import { StateBadge } from '../../common/state-badge';
import { LeadActions } from './lead-actions';
import { LeadAside, NextActions } from './lead-aside';
import { LeadCurve } from './lead-curve';
import { leadQuery, nextQuery, type LeadAnswer } from './lead-queries';
import { channelName } from '../../common/channel-name';
import { Part } from './lead-part';
import { leadTexts } from './lead-texts';
import { LeadTimeline } from './lead-timeline';
import { LeadWhy } from './lead-why';
import look from './lead.module.css';

/** One person: who, how warm and why, what happened, and what to do next. */
export function Lead() {
  const { leadId } = useParams({ from: '/leads/$leadId' });
  const t = useTexts(leadTexts);
  const { data: session } = useSession();
  useLive('lead');
  const { data: lead, error, isPending, refetch } = useQuery(leadQuery(leadId));
  if (isPending || !session)
    return (
      <Page title={t('title')}>
        <Loading rows={8} />
      </Page>
    );
  if (lead === undefined)
    return (
      <Page title={t('title')}>
        <Failed error={error} again={() => void refetch()} />
      </Page>
    );
  // Of whoever may read what is with them alone, it was until now.
  if (isProblem(error, 403))
    return (
      <Page title={t('title')}>
        <Empty icon={<Handshake />} title={t('gone.title')}>
          {t('gone.words')}
        </Empty>
      </Page>
    );
  return <Known key={lead.leadId} lead={lead} session={session} />;
}

function Known({ lead, session }: { lead: LeadAnswer; session: Session }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const nameOf = useRepName();
  const { leadId, profile, accountId, tier, scores, state, repId, consent, waitingSince, mergedLeadIds, erased } = lead;
  const mayWork = mayDo(session, 'work.read');
  const { data: next } = useQuery({ ...nextQuery(leadId), enabled: mayWork });
  const score = mainScore(scores);
  const withdrawn = Object.entries(consent).flatMap(([channel, { status }]) => (status === 'withdrawn' ? [channel] : []));
  const mayOpenAccount = session.permissions.includes('leads.read');
  const company = profile.company ?? accountId;
  return (
    <Page title={profile.name ?? w('unknownPerson')} note={[profile.department, profile.title].filter(Boolean).join(' ')}>
      <div className={look['about']}>
        <p className={look['line']}>
          {company !== undefined && (
            <span className={look['company']}>
              <Building2 aria-hidden="true" />
              {accountId !== undefined && mayOpenAccount ? (
                <Link to="/accounts/$accountId" params={{ accountId }}>
                  {company}
                </Link>
              ) : (
                company
              )}
            </span>
          )}
          <TierBadge tier={tier} />
          {score !== undefined && <span className={look['score']}>{formats.number(score)}</span>}
          <StateBadge state={state} />
          <span className={look['quiet']}>{repId === undefined ? t('withNobody') : t('with', { name: nameOf(repId) })}</span>
        </p>
        {withdrawn.length > 0 && (
          <p className={look['warning']} role="note">
            <TriangleAlert aria-hidden="true" />
            {t('warning', { channels: formats.list(withdrawn.map((one) => channelName(one, w))) })}
          </p>
        )}
        {erased && <p className={look['warning']}>{t('erased')}</p>}
        {waitingSince !== undefined && <p className={look['quiet']}>{t('waiting', { at: formats.moment(waitingSince) })}</p>}
        {mergedLeadIds.length > 0 && <p className={look['quiet']}>{t('merged', { count: mergedLeadIds.length })}</p>}
        <LeadActions lead={lead} session={session} work={next?.items[0]} />
      </div>
      <div className={look['columns']}>
        <div className={look['main']}>
          {mayWork && (
            <Part title={t('next')} kind="narrow">
              <NextActions leadId={leadId} />
            </Part>
          )}
          <Part title={t('curve.title')}>
            <LeadCurve leadId={leadId} />
          </Part>
          <Part title={t('why.title')}>
            <LeadWhy leadId={leadId} />
          </Part>
          <Part title={t('timeline.title')}>
            <LeadTimeline leadId={leadId} />
          </Part>
        </div>
        <LeadAside lead={lead} mayWork={mayWork} mayOpen={mayOpenAccount} />
      </div>
    </Page>
  );
}
