import type { Command } from 'commander';
import { wholeNumber } from '../arguments';
import { callApi } from '../api-client';
import { moreText, queryOf, showAnswer } from '../show-answer';
import { factsText, tableText, type Cell } from '../tables';
import type { Common, Terminal } from '../terminal';
import { asOf, untilFolded } from '../wait-until-folded';

interface Told {
  occurredAt: string;
  source: string;
  mergedLeadId?: string;
  voided?: { reason: string };
}
interface Consent {
  leadId: string;
  now: Record<string, { status: string; since: string }>;
  items: (Told & { channel: string; status: string })[];
  nextCursor?: string;
}
interface PersonalData {
  leadId: string;
  known?: {
    mergedLeadIds: string[];
    profile: { field: string; value: string | number; source: string; occurredAt: string }[];
    identities: { emails: string[]; visitorIds: string[]; cardIds: string[]; foreign: { system: string; id: string }[] };
    consent: Consent['now'];
    told: { what: string; handoffId: string; at: string; destinations: string[] }[];
    inDossiersOf: { leadId: string; occurredAt: string }[];
  };
  items: (Told & { type: string; personal?: unknown })[];
  nextCursor?: string;
  position: string;
}

/** What a person may ask of us. */
export function addPersonalData(leads: Command, terminal: Terminal): void {
  leads
    .command('consent')
    .description('show what a lead has agreed to, by channel, and every change of it')
    .argument('<id>')
    .option('--limit <number>', 'maximum number of changes', wholeNumber(1, 500))
    .option('--cursor <cursor>', 'continue from the previous page')
    .action((id: string, _: unknown, command: Command) =>
      showAnswer<Consent>(terminal, command, `/v1/leads/${encodeURIComponent(id)}/consent`, queryOf(command), consentText),
    );
  leads
    .command('personal-data')
    .description('show everything about one person, for whoever asks what is known of them')
    .argument('<id>')
    .action(async (id: string, { after }: { after?: string }, command: Command) => {
      const { url, json } = command.optsWithGlobals<Common>();
      if (after !== undefined) await untilFolded(url, after);
      const all = await everything(url, id);
      terminal.out(json ? `${JSON.stringify(all)}\n` : personalDataText(all));
      if (!json) terminal.err(await asOf(url, all.position));
    });
}

/** All pages as one answer. */
async function everything(url: string, id: string): Promise<PersonalData> {
  const ask = (cursor?: string) =>
    callApi<PersonalData>(url, 'GET', `/v1/leads/${encodeURIComponent(id)}/personal-data`, { query: { limit: '500', cursor } });
  const { nextCursor, ...first } = await ask();
  for (let cursor = nextCursor; cursor !== undefined;) {
    const page = await ask(cursor);
    first.items.push(...page.items);
    cursor = page.nextCursor;
  }
  return first;
}

function consentText({ now, items, nextCursor }: Consent): string {
  const changes = items.map((one): Cell[] => [one.occurredAt, one.channel, one.status, one.source, noteOf(one)]);
  const history = changes.length === 0 ? '' : `\n${tableText(['when', 'channel', 'status', 'source', 'note'], changes)}`;
  return `${nowText(now)}${history}${moreText(nextCursor)}`;
}

function nowText(now: Consent['now']): string {
  const rows = Object.entries(now).map(([channel, { status, since }]) => [channel, status, since]);
  return rows.length === 0 ? 'no consent given or withdrawn\n' : tableText(['channel', 'consent', 'since'], rows);
}

function personalDataText({ leadId, known, items }: PersonalData): string {
  const { mergedLeadIds, profile, identities, consent, told, inDossiersOf } = known!;
  const facts: [string, Cell][] = [
    ['lead', [leadId, ...mergedLeadIds].join(', ')],
    ['e-mail addresses', identities.emails.join(', ')],
    ['visitors', identities.visitorIds.join(', ')],
    ['cards', identities.cardIds.join(', ')],
    ['other systems', identities.foreign.map(({ system, id }) => `${system} ${id}`).join(', ')],
    ['in dossiers of', [...new Set(inDossiersOf.map((one) => one.leadId))].join(', ')],
  ];
  return [
    factsText(facts),
    nowText(consent),
    told.length === 0
      ? 'no system outside was told\n'
      : tableText(
          ['told', 'when', 'to'],
          told.map(({ what, at, destinations }) => [what, at, destinations.join(', ') || 'nobody']),
        ),
    tableText(
      ['field', 'value', 'source', 'since'],
      profile.map(({ field, value, source, occurredAt }) => [field, value, source, occurredAt]),
    ),
    tableText(
      ['when', 'event', 'source', 'personal', 'note'],
      items.map((one) => [
        one.occurredAt,
        one.type,
        one.source,
        one.personal === undefined ? '' : JSON.stringify(one.personal),
        noteOf(one),
      ]),
    ),
  ].join('\n');
}

const noteOf = ({ mergedLeadId, voided }: Told): string =>
  [...(mergedLeadId === undefined ? [] : [`as ${mergedLeadId}`]), ...(voided ? [`voided: ${voided.reason}`] : [])].join(', ');
