import { leadCorrections, PERSONAL_OF_PROFILE } from '@leadlog/events';
import { CUSTOMER_FACTS, documented, first, FACTS, last, listOf, type View } from './counted-events';

/** In these channels, the customer came to the seller; in the others, the seller found the customer. */
const CAME_TO_US = ['ad', 'form', 'event'];
const IS_FACT = `type IN (${listOf(FACTS)})`;
export const BY_CUSTOMER = `type IN (${listOf(CUSTOMER_FACTS)}) AND (type <> 'LeadCaptured' OR channel IN (${listOf(CAME_TO_US)}))`;

/** A field of the profile, as last set. Names, addresses and numbers are left out as personal data. */
const PROFILE = ['company', 'department', 'title', 'industry', 'employees'] as const;
const said = (field: string) =>
  `coalesce(json_extract_string(data, '$.profile.${field}'), json_extract_string(data, '$.changes.${field}'))`;
/** A list of the field, if any event gave it. */
const hadOrNone = (field: string) =>
  `CASE WHEN bool_or(json_contains(json_extract(data, '$.traits.has'), '"${field}"')) THEN ['${field}'] ELSE [] END`;

const leads: View = {
  name: 'leads',
  description: 'a lead with at least one event; a merged lead counts as part of its survivor',
  columns: documented({
    lead: 'id of the lead',
    captured_at: 'when it was first captured; null if it never was',
    captured_day: 'day of the first capture, in the time zone of the tenant',
    channel: 'channel of the first capture: ad, form, event, card, import, referral or outbound',
    origin: "where it came from, in the sender's own words; null if not given",
    campaign: 'campaign of the first capture',
    region: 'region of the first capture',
    account: 'company to which it was linked last',
    role: 'its role in that company: champion, decisionMaker, user, influencer or unknown',
    company: 'name of the company, as set last',
    department: 'department, as set last',
    title: 'title, as set last',
    industry: 'industry, as set last',
    employees: 'number of employees of the company, as set last',
    email_domain: 'what follows the @ of its e-mail address, as set last',
    has: 'which of name, email and phone were ever given',
    tier: 'cold, warm or hot, as last decided by the main model; cold if nothing was decided',
    first_seen_at: 'time of its first event',
    last_activity_at: 'time of the last activity of the customer',
    last_contact_at: 'time of the last call or meeting',
    events: 'number of events of the customer and of the seller',
    erased_at: 'when personal data was last erased',
  }),
  sql: `
    WITH told AS (
      SELECT lead, ${first('{moment: occurred_at, day: day, channel: channel, origin: origin, campaign: campaign, data: data}', "type = 'LeadCaptured'")} AS capture,
        ${last('account')} AS account,
        ${last("json_extract_string(data, '$.role')", "type = 'LeadLinkedToAccount'")} AS role,
        ${last('after', "type = 'LeadTierChanged' AND json_extract(data, '$.aside') IS NULL")} AS tier,
        min(occurred_at) FILTER (${IS_FACT}) AS first_seen_at,
        max(occurred_at) FILTER (${BY_CUSTOMER}) AS last_activity_at,
        max(occurred_at) FILTER (type IN ('CallCompleted', 'MeetingHeld')) AS last_contact_at,
        count(*) FILTER (${IS_FACT}) AS events,
        max(occurred_at) FILTER (type = 'PersonalDataErased') AS erased_at
      FROM archive.facts WHERE lead IS NOT NULL AND type NOT IN (${listOf(leadCorrections.types)}) GROUP BY lead
    ), profiles AS (
      SELECT lead, ${PROFILE.map((field) => `${last(said(field))} AS ${field}`).join(', ')}, ${last('email_domain')} AS email_domain,
        flatten([${PERSONAL_OF_PROFILE.map(hadOrNone).join(', ')}]) AS has
      FROM archive.counted WHERE type IN ('LeadCaptured', 'ProfileUpdated') GROUP BY lead
    )
    SELECT lead, capture.moment AS captured_at, capture.day AS captured_day, capture.channel AS channel, capture.origin AS origin, capture.campaign AS campaign,
      json_extract_string(capture.data, '$.region') AS region, account, role, company, department, title, industry, employees::INTEGER AS employees, email_domain, coalesce(has, []) AS has,
      coalesce(tier, 'cold') AS tier, first_seen_at, last_activity_at, last_contact_at, events, erased_at
    FROM told LEFT JOIN profiles USING (lead)`,
};

const accounts: View = {
  name: 'accounts',
  description: 'a company named by at least one event; a fact that was reported several times counts once, in the report that holds',
  columns: documented({
    account: 'id of the company',
    name: 'its name, as last given when a lead was captured',
    leads: 'number of leads that belong to it now',
    deals: 'number of deals opened with it',
    won: 'number of deals won',
    first_seen_at: 'when an event first named it',
    last_seen_at: 'when an event named it last',
  }),
  sql: `
    WITH told AS (
      SELECT account, ${last("json_extract_string(data, '$.profile.company')", "type = 'LeadCaptured'")} AS name,
        min(occurred_at) AS first_seen_at, max(occurred_at) AS last_seen_at
      FROM archive.facts WHERE account IS NOT NULL GROUP BY account
    ), people AS (
      SELECT account, count(*) AS leads FROM leads WHERE account IS NOT NULL GROUP BY account
    ), business AS (
      SELECT account, count(opened_at) AS deals, count(*) FILTER (status = 'won') AS won FROM deals WHERE account IS NOT NULL GROUP BY account
    )
    SELECT account, name, coalesce(leads, 0) AS leads, coalesce(deals, 0) AS deals, coalesce(won, 0) AS won, first_seen_at, last_seen_at
    FROM told LEFT JOIN people USING (account) LEFT JOIN business USING (account)`,
};

const consents: View = {
  name: 'consents',
  description: 'a change of consent for one channel',
  columns: documented({
    lead: 'lead; if it was merged, its survivor',
    channel: 'what the consent is for, such as email or phone',
    status: 'granted or withdrawn',
    changed_at: 'when it changed',
    changed_day: 'day of the change, in the time zone of the tenant',
    holds: 'whether it is the last change for the channel, so that it holds now',
    source: 'system that sent it',
    event_id: 'event',
  }),
  sql: `
    SELECT lead, channel, status, occurred_at AS changed_at, day AS changed_day,
      row_number() OVER (PARTITION BY lead, channel ORDER BY occurred_at DESC, position DESC) = 1 AS holds, source, event_id
    FROM archive.counted WHERE type = 'ConsentChanged'`,
};

export const LEAD_VIEWS: readonly View[] = [leads, accounts, consents];
