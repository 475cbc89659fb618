import { columnsOf, documented, FACTS, first, last, listOf, type View } from './counted-events';

const LEAD = 'lead; if it was merged, its survivor';

const TOUCHPOINT = {
  ...columnsOf('position', 'recorded_at', 'occurred_at', 'day', 'type', 'event_id'),
  lead: LEAD,
  ...columnsOf(
    'initiator',
    'actor_kind',
    'actor',
    'team',
    'source',
    'account',
    'rep',
    'call',
    'appointment',
    'meeting',
    'deal',
    'handoff',
    'card',
    'mailing',
    'message',
    'asset',
    'webinar',
    'campaign',
    'channel',
    'kind',
    'category',
    'url',
    'outcome',
    'mode',
    'seconds',
    'minutes',
    'dwell_ms',
    'amount',
    'currency',
    'likelihood',
    'started_at',
    'started_day',
    'data',
  ),
};

const touchpoints: View = {
  name: 'touchpoints',
  description:
    'an action of a customer or a seller: one event, under the lead for which it counts now. Left out: voided events, decisions of the engine, and, where a fact was reported several times, all reports but the one that holds',
  columns: documented(TOUCHPOINT),
  sql: `SELECT ${Object.keys(TOUCHPOINT).join(', ')} FROM archive.facts WHERE lead IS NOT NULL AND type IN (${listOf(FACTS)})`,
};

const mails: View = {
  name: 'mails',
  description: 'a mail to one person, and the response to it',
  columns: documented({
    lead: LEAD,
    message: 'id of the mail',
    mailing: 'mailing',
    subject: 'subject',
    delivered_at: 'when it was delivered',
    delivered_day: 'day of delivery, in the time zone of the tenant',
    opened_at: 'when a human first opened it: the first opening with a likelihood below 0.5 that a machine did it',
    opens: 'number of openings, including those by machines',
    clicked_at: 'when a link in it was first clicked',
    clicks: 'number of clicks',
    unsubscribed_at: 'when the recipient unsubscribed',
    bounced_at: 'when it bounced',
  }),
  sql: `
    SELECT lead, message, ${first('mailing', "type = 'EmailDelivered'")} AS mailing, ${first("json_extract_string(data, '$.subject')", "type = 'EmailDelivered'")} AS subject,
      min(occurred_at) FILTER (type = 'EmailDelivered') AS delivered_at, min(day) FILTER (type = 'EmailDelivered') AS delivered_day,
      min(occurred_at) FILTER (type = 'EmailOpened' AND coalesce(likelihood, 0) < 0.5) AS opened_at, count(*) FILTER (type = 'EmailOpened') AS opens,
      min(occurred_at) FILTER (type = 'EmailLinkClicked') AS clicked_at, count(*) FILTER (type = 'EmailLinkClicked') AS clicks,
      min(occurred_at) FILTER (type = 'EmailUnsubscribed') AS unsubscribed_at, min(occurred_at) FILTER (type = 'EmailBounced') AS bounced_at
    FROM archive.counted WHERE type IN ('EmailDelivered', 'EmailOpened', 'EmailLinkClicked', 'EmailUnsubscribed', 'EmailBounced')
    GROUP BY lead, message`,
};

const contents: View = {
  name: 'contents',
  description: 'content that a lead engaged with: a download, a webinar, an inquiry or a page viewed',
  columns: documented({
    lead: LEAD,
    taken_at: 'when it happened',
    taken_day: 'day on which it happened, in the time zone of the tenant',
    what: 'download, webinar, inquiry or page',
    content: 'details: kind and asset, webinar, kind of inquiry, or category of page',
    title: 'title of the download',
    minutes: 'time spent, in minutes, if known',
    event_id: 'event',
  }),
  sql: `
    SELECT lead, occurred_at AS taken_at, day AS taken_day,
      CASE type WHEN 'ContentDownloaded' THEN 'download' WHEN 'WebinarAttended' THEN 'webinar' WHEN 'InquiryReceived' THEN 'inquiry' ELSE 'page' END AS what,
      CASE type WHEN 'ContentDownloaded' THEN kind || ' ' || asset WHEN 'WebinarAttended' THEN webinar WHEN 'InquiryReceived' THEN kind ELSE category END AS content,
      CASE WHEN type = 'ContentDownloaded' THEN json_extract_string(data, '$.title') END AS title, coalesce(minutes, dwell_ms / 60000) AS minutes, event_id
    FROM archive.counted WHERE type IN ('ContentDownloaded', 'WebinarAttended', 'InquiryReceived', 'WebPageViewed')`,
};

const cards: View = {
  name: 'cards',
  description: 'a business card exchanged with a lead',
  columns: documented({
    lead: LEAD,
    card: 'id of the card',
    rep: 'representative who exchanged it, or who handed it to marketing if the exchange was never recorded',
    team: 'team of the actor, as given by the event',
    account: 'company',
    place: 'onsite or online',
    exchanged_at: 'when it was first exchanged',
    exchanged_day: 'day of the first exchange, in the time zone of the tenant',
    handed_at: 'when it was first handed to marketing',
    keep_following: 'whether the representative keeps following the lead after that',
    event_id: 'event of the first exchange',
  }),
  sql: `
    WITH told AS (
      -- Of an exchange that is told again the first telling holds, with what it does not say.
      FROM archive.counted WHERE type IN ('BusinessCardExchanged', 'BusinessCardHandedToMarketing')
      QUALIFY type <> 'BusinessCardExchanged' OR row_number() OVER (PARTITION BY lead, card, type ORDER BY occurred_at, position) = 1
    )
    SELECT lead, card, coalesce(${first('rep', "type = 'BusinessCardExchanged'")}, ${first('rep')}) AS rep, ${first('team', "type = 'BusinessCardExchanged'")} AS team,
      ${last('account')} AS account, ${first('place', "type = 'BusinessCardExchanged'")} AS place,
      min(occurred_at) FILTER (type = 'BusinessCardExchanged') AS exchanged_at, min(day) FILTER (type = 'BusinessCardExchanged') AS exchanged_day,
      min(occurred_at) FILTER (type = 'BusinessCardHandedToMarketing') AS handed_at,
      ${first("json_extract_string(data, '$.keepFollowing')::BOOLEAN", "type = 'BusinessCardHandedToMarketing'")} AS keep_following,
      ${first('event_id', "type = 'BusinessCardExchanged'")} AS event_id
    FROM told GROUP BY lead, card`,
};

export const MARKETING_VIEWS: readonly View[] = [touchpoints, mails, contents, cards];
