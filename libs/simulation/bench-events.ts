import { DAY, japaneseTime } from './business-calendar';
import type { CloudEvent } from './cloud-event';
import { pad } from './company';
import { Random } from './random';

const END = Date.UTC(2026, 9, 31);
const SPAN = 365 * DAY;

/**
 * A plain stream for measuring: `events` events spread over a year and over `leads` leads named by id, every lead's first
 * one a LeadCaptured, then 85 of 100 touchpoints of the customer and 15 acts of sales, some 270 bytes each as CloudEvents.
 */
export function* benchEvents({ seed, events, leads }: { seed: number; events: number; leads: number }): Generator<CloudEvent> {
  const random = new Random(seed);
  const seen = new Uint8Array(leads);
  const openDeals = new Map<number, string>();
  for (let n = 0; n < events; n += 1) {
    const lead = Math.floor(random.next() * leads);
    const at = END - SPAN + Math.floor((SPAN * n) / events);
    const leadId = `lead-${pad(lead, 7)}`;
    const event = (source: string, type: string, data: Record<string, unknown>, rep?: number): CloudEvent => ({
      specversion: '1.0',
      id: `b${seed}-${n}`,
      source,
      type,
      time: japaneseTime(at),
      subject: leadId,
      ...(rep !== undefined && { actorkind: 'rep', actorid: `rep-${rep}`, actorteam: `team-${rep % 6}` }),
      data,
    });
    if (!seen[lead]) {
      seen[lead] = 1;
      const account = `acc-${pad(Math.floor(lead / 3), 6)}`;
      yield event('/crm', 'LeadCaptured', {
        accountId: account,
        channel: 'form',
        origin: 'paid search',
        profile: {
          name: `試験 ${lead}`,
          email: `p${lead}@${account}.example`,
          company: `株式会社${account}`,
          title: lead % 9 ? '担当' : '部長',
          employees: 10 + (lead % 5_000),
        },
      });
      continue;
    }
    const rep = lead % 60;
    const act = random.next();
    if (act < 0.4)
      yield event('/web', 'WebPageViewed', {
        url: `https://www.leadlog.example/products/${n % 97}?utm_source=newsletter&utm_campaign=autumn`,
        category: n % 8 ? 'product' : 'price',
        dwellMs: 1_000 + (n % 60_000),
      });
    else if (act < 0.6)
      yield event('/mail', 'EmailDelivered', {
        messageId: `m-${n}`,
        mailingId: `newsletter-${n % 52}`,
        subject: '現場の見える化セミナーのご案内',
        topics: ['iot', 'セミナー'],
      });
    else if (act < 0.73) yield event('/mail', 'EmailOpened', { messageId: `m-${n}`, machineLikelihood: n % 3 ? 0.1 : 0.9 });
    else if (act < 0.8)
      yield event('/mail', 'EmailLinkClicked', {
        messageId: `m-${n}`,
        url: 'https://www.leadlog.example/seminar/autumn/registration',
        botLikelihood: 0.02,
      });
    else if (act < 0.84)
      yield event('/web', 'ContentDownloaded', { assetId: `wp-${n % 40}`, kind: 'whitepaper', title: '設備保全DX 実践ガイド' });
    else if (act < 0.85) yield event('/web', 'InquiryReceived', { kind: 'demo', text: 'デモを希望します。来週の午後でお願いできますか。' });
    else if (act < 0.94)
      yield event(
        '/cti',
        'CallCompleted',
        {
          callId: `call-${n}`,
          repId: `rep-${rep}`,
          startedAt: japaneseTime(at),
          seconds: n % 600,
          outcome: n % 3 ? 'noAnswer' : 'reached',
        },
        rep,
      );
    else if (act < 0.97)
      yield event(
        '/calendar',
        'MeetingHeld',
        {
          meetingId: `mtg-${n}`,
          repIds: [`rep-${rep}`],
          mode: n % 2 ? 'onsite' : 'remote',
          startedAt: japaneseTime(at),
          minutes: 45,
          attendees: [`試験 ${lead}`],
        },
        rep,
      );
    else {
      const dealId = openDeals.get(lead);
      if (dealId === undefined) {
        openDeals.set(lead, `deal-${n}`);
        yield event('/sfa', 'DealOpened', { dealId: `deal-${n}`, repId: `rep-${rep}`, amount: { value: 1_280_000, currency: 'JPY' } }, rep);
      } else {
        openDeals.delete(lead);
        if (n % 4) yield event('/sfa', 'DealLost', { dealId, reason: '費用が折り合わず', declaredBy: 'customer' }, rep);
        else yield event('/sfa', 'DealWon', { dealId, amount: { value: 1_180_000, currency: 'JPY' }, signedAt: japaneseTime(at) }, rep);
      }
    }
  }
}
