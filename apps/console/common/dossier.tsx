import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { components } from '../api/types.gen';
import { useFormats } from '../app/formats';
import { useTexts } from '../app/texts';
import { words } from '../app/words';
import { Card, Facts } from '../ui/card';
import { Failed, Loading } from '../ui/states';
import { channelName } from './channel-name';
import { dossierQuery } from './dossier-query';
import { reasonName } from './rejections';
import { handoffTexts } from './handoff-texts';
import look from './dossier.module.css';

type DossierNow = components['schemas']['Dossier'];

const MOST = 6;

/** What marketing knows of a lead, as of now: what a representative reads before they call. */
export function Dossier({ leadId }: { leadId: string }) {
  const { data, error, refetch } = useQuery(dossierQuery(leadId));
  if (data === undefined) return error ? <Failed error={error} again={() => void refetch()} /> : <Loading rows={6} />;
  return <Contents of={data.now} />;
}

function Contents({ of }: { of: DossierNow }) {
  const t = useTexts(handoffTexts);
  const w = useTexts(words);
  const formats = useFormats();
  const {
    becameHot,
    webAccess,
    mail,
    webinars,
    surveys,
    inquiries,
    needsHeard,
    pastHandoffs,
    colleagues,
    colleaguesInAll,
    consentWithdrawn,
  } = of;
  const most = Math.max(1, ...(becameHot?.causes ?? []).map(({ points }) => Math.abs(points)));
  return (
    <div className={look['dossier']}>
      {consentWithdrawn.length > 0 && (
        <p className={look['warning']}>
          <TriangleAlert aria-hidden="true" />
          {t('noConsent', { channels: formats.list(consentWithdrawn.map(({ channel }) => channelName(channel, w))) })}
        </p>
      )}
      {becameHot && (
        <Card title={t('whyHot')} note={t('since', { day: formats.day(becameHot.at) })}>
          <ul className={look['causes']}>
            {becameHot.causes.slice(0, MOST + 2).map(({ ruleId, points, eventId, occurredAt }) => (
              <li key={eventId + ruleId}>
                <span className={look['rule']}>{ruleId}</span>
                <span className={look['bar']} aria-hidden="true">
                  <span data-negative={points < 0 || undefined} style={{ width: `${(100 * Math.abs(points)) / most}%` }} />
                </span>
                <span className={look['points']}>{formats.number(points, 1)}</span>
                <span className={look['when']}>{occurredAt && formats.day(occurredAt)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <div className={look['pair']}>
        <Card title={t('web')}>
          <Lines empty={t('nothing')}>
            {webAccess.slice(0, MOST).map(({ at, what, title, url }) => (
              <Line key={at + what} when={formats.day(at)}>
                <strong>{t(`kinds.${what}`)}</strong> {title ?? pathOf(url)}
              </Line>
            ))}
          </Lines>
        </Card>
        <Card title={t('mail')}>
          <Facts
            facts={[
              [
                t('openRate'),
                mail.openRate === null
                  ? t('nothing')
                  : w('aside', {
                      what: formats.share(mail.openRate),
                      more: t('ofDelivered', { opened: String(mail.opened), delivered: String(mail.delivered) }),
                    }),
              ],
              [t('subjects'), listed(mail.openedSubjects)],
              [t('links'), listed(mail.links.map(pathOf))],
            ]}
          />
        </Card>
      </div>
      <div className={look['pair']}>
        <Card title={t('webinars')}>
          <Lines empty={t('nothing')}>
            {webinars.slice(0, MOST).map(({ webinarId, attended, minutes = 0 }) => (
              <Line key={webinarId}>
                <strong>{webinarId}</strong> {attended ? t('attended', { minutes: formats.number(minutes) }) : t('registered')}
              </Line>
            ))}
          </Lines>
        </Card>
        <Card title={t('needs')}>
          <Lines empty={t('nothing')}>
            {needsHeard.map((need) => (
              <Line key={need}>{need}</Line>
            ))}
            {inquiries.map(({ at, kind, text }) => (
              <Line key={at} when={formats.day(at)}>
                <strong>{t('inquiries')}</strong> {text ?? kind}
              </Line>
            ))}
            {surveys.flatMap(({ surveyId, at, answers }) =>
              answers.map(({ question, answer }) => (
                <Line key={surveyId + question} when={formats.day(at)}>
                  <strong>{question}</strong> {answer}
                </Line>
              )),
            )}
          </Lines>
        </Card>
      </div>
      {pastHandoffs.length > 0 && (
        <Card title={t('past')}>
          <Lines empty={t('nothing')}>
            {pastHandoffs.map(({ handoffId, state, reason }) => (
              <Line key={handoffId}>
                <strong>{w(`states.${state}`)}</strong> {reason && reasonName(reason, w)}
              </Line>
            ))}
          </Lines>
        </Card>
      )}
      {colleaguesInAll > 0 && (
        <Card title={t('colleagues', { count: colleaguesInAll })}>
          <Lines empty={t('nothing')}>
            {colleagues.slice(0, MOST).map(({ leadId, name, department, title, lastActivityAt }) => (
              <Line key={leadId} when={lastActivityAt && t('lastSeen', { day: formats.day(lastActivityAt) })}>
                <strong>{name ?? w('unknownPerson')}</strong> {[department, title].filter(Boolean).join(' · ')}
              </Line>
            ))}
          </Lines>
        </Card>
      )}
    </div>
  );
}

function Lines({ children, empty }: { children: ReactNode; empty: string }) {
  const isEmpty = [children].flat(2).filter(Boolean).length === 0;
  return isEmpty ? <p className={look['empty']}>{empty}</p> : <ul className={look['lines']}>{children}</ul>;
}

function Line({ children, when }: { children: ReactNode; when?: string }) {
  return (
    <li>
      <span>{children}</span>
      {when !== undefined && <span className={look['when']}>{when}</span>}
    </li>
  );
}

const listed = (texts: readonly string[]): ReactNode =>
  texts.length === 0 ? undefined : (
    <ul>
      {texts.slice(0, MOST).map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );

/** Of an address, what tells pages apart. */
function pathOf(url: string | undefined): string {
  if (url === undefined || !URL.canParse(url)) return url ?? '';
  const { pathname, search } = new URL(url);
  return decodeURI(pathname + search);
}
