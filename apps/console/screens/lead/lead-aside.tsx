import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Mail, Phone } from 'lucide-react';
import { now } from '../../api/client';
import { useRepName } from '../../api/reps';
import { useFormats } from '../../app/formats';
import { usePreferences } from '../../app/preferences';
import { useTexts } from '../../app/texts';
import { words } from '../../app/words';
import { Badge } from '../../ui/badge';
import { Failed, Loading } from '../../ui/states';
import { leadWords } from '../../common/lead-words';
import { channelName } from '../../common/channel-name';
import { dossierQuery } from '../../common/dossier-query';
import { reasonName } from '../../common/rejections';
import { Part } from './lead-part';
import { nextQuery, type LeadAnswer } from './lead-queries';
import { leadTexts } from './lead-texts';
import look from './lead.module.css';

const COLLEAGUES = 8;

export function LeadAside({ lead, mayWork, mayOpen }: { lead: LeadAnswer; mayWork: boolean; mayOpen: boolean }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const l = useTexts(leadWords);
  const formats = useFormats();
  const nameOf = useRepName();
  const { leadId, profile, consent, channel, campaignId, region, firstSeenAt, deals, accountId, handoffId } = lead;
  const { data: dossier, error, isPending, refetch } = useQuery(dossierQuery(leadId));
  const facts: [string, string | undefined][] = [
    [t('from'), [channel && t(`channels.${channel}`), campaignId].filter(Boolean).join(' · ')],
    [t('first'), firstSeenAt && formats.fullMoment(firstSeenAt)],
    [t('industry'), profile.industry],
    [t('employees'), profile.employees === undefined ? undefined : formats.number(profile.employees)],
    [t('region'), region],
  ];
  return (
    <aside className={look['aside']}>
      {mayWork && (
        <Part title={t('next')} kind="wide">
          <NextActions leadId={leadId} />
        </Part>
      )}
      <Part title={t('contact')}>
        {profile.phone !== undefined && (
          <a
            className={look['reach']}
            href={`tel:${profile.phone.replace(/[^\d+]/g, '')}`}
            aria-label={t('call', { number: profile.phone })}
          >
            <Phone aria-hidden="true" />
            {profile.phone}
          </a>
        )}
        {profile.email !== undefined && (
          <a className={look['reach']} href={`mailto:${profile.email}`} aria-label={t('write', { address: profile.email })}>
            <Mail aria-hidden="true" />
            {profile.email}
          </a>
        )}
        <dl className={look['list']}>
          {facts.map(
            ([name, value]) =>
              value && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </Part>
      <Part title={t('consent')}>
        {Object.keys(consent).length === 0 ? (
          <p className={look['quiet']}>{t('noConsent')}</p>
        ) : (
          <dl className={look['list']}>
            {Object.entries(consent).map(([one, { status, since }]) => (
              <div key={one}>
                <dt>{channelName(one, w)}</dt>
                <dd>
                  <Badge kind={status === 'withdrawn' ? 'bad' : 'good'}>{t(`consentOf.${status}`)}</Badge>
                  {since && <span className={look['quiet']}>{t('since', { at: formats.day(since) })}</span>}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Part>
      {deals.length > 0 && (
        <Part title={t('deals')}>
          <ul className={look['people']}>
            {deals.map(({ dealId, state, at }) => (
              <li key={dealId}>
                <span>{dealId}</span>
                <span className={look['quiet']}>
                  <Badge kind={state === 'won' ? 'good' : state === 'lost' ? 'plain' : 'accent'}>{l(`dealStates.${state}`)}</Badge>{' '}
                  {at && formats.day(at)}
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={t('colleagues')}>
        {isPending ? (
          <Loading rows={2} />
        ) : dossier === undefined ? (
          <Failed error={error} again={() => void refetch()} />
        ) : dossier.now.colleagues.length === 0 ? (
          <p className={look['quiet']}>{t('noColleagues')}</p>
        ) : (
          <>
            <ul className={look['people']}>
              {dossier.now.colleagues.slice(0, COLLEAGUES).map((one) => (
                <li key={one.leadId}>
                  {mayOpen ? (
                    <Link to="/leads/$leadId" params={{ leadId: one.leadId }}>
                      {one.name ?? w('unknownPerson')}
                    </Link>
                  ) : (
                    <span>{one.name ?? w('unknownPerson')}</span>
                  )}
                  <span className={look['quiet']}>
                    {[one.title, one.lastActivityAt && formats.relative(one.lastActivityAt)].filter(Boolean).join(' · ')}
                  </span>
                </li>
              ))}
            </ul>
            {mayOpen && accountId !== undefined && (
              <Link to="/accounts/$accountId" params={{ accountId }} className={look['all']}>
                {t('allColleagues', { count: String(dossier.now.colleaguesInAll + 1) })}
              </Link>
            )}
          </>
        )}
      </Part>
      <Part title={t('handoffs')}>
        {dossier !== undefined && dossier.now.pastHandoffs.length === 0 && handoffId === undefined ? (
          <p className={look['quiet']}>{t('noHandoffs')}</p>
        ) : (
          <ul className={look['people']}>
            {handoffId !== undefined && (
              <li>
                <span>{nameOf(lead.repId)}</span>
                <span className={look['quiet']}>{t('openHandoff')}</span>
              </li>
            )}
            {dossier?.now.pastHandoffs
              .filter((one) => one.handoffId !== handoffId)
              .map((one) => (
                <li key={one.handoffId}>
                  <span>{nameOf(one.repId)}</span>
                  <span className={look['quiet']}>
                    {[w(`states.${one.state}`), one.reason && reasonName(one.reason, w)].filter(Boolean).join(': ')}
                  </span>
                </li>
              ))}
          </ul>
        )}
      </Part>
    </aside>
  );
}

/** Of the run of the lead, or of its open deals. */
export function NextActions({ leadId }: { leadId: string }) {
  const t = useTexts(leadTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const { language } = usePreferences();
  const { data, error, isPending, refetch } = useQuery(nextQuery(leadId));
  if (isPending) return <Loading rows={1} />;
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />;
  if (data.items.length === 0) return <p className={look['quiet']}>{t('noNext')}</p>;
  return (
    <ul className={look['next']}>
      {data.items.map(({ dealId, stage, next: { what, because, dueAt, rule }, uncovered }) => (
        <li key={dealId ?? 'run'}>
          <strong>{what[language]}</strong>
          <span>{because[language]}</span>
          <span data-late={Date.parse(dueAt) < now() || undefined} className={look['due']}>
            {t(Date.parse(dueAt) < now() ? 'overdue' : 'due', { at: formats.moment(dueAt) })}
          </span>
          {stage.name && (
            <span className={look['quiet']}>
              {t('stage')}:{' '}
              {rule
                ? w('aside', { what: stage.name[language], more: t('rule', { process: rule.process, line: String(rule.line) }) })
                : stage.name[language]}
            </span>
          )}
          {uncovered.length > 0 && <span className={look['quiet']}>{t('openItems', { count: String(uncovered.length) })}</span>}
          {stage.difference && <span className={look['late']}>{stage.difference[language]}</span>}
        </li>
      ))}
    </ul>
  );
}
