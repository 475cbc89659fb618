import { defineProjection, fingerprint, partOf, type Projection } from '@leadlog/projections';
import type { LeadlogEvent } from './event-types';
import type { Profile } from './events/identity';
import { leadCorrections } from './corrections';
import { addLayer, happened, merged, type Layer } from './latest';
import { leadKey, leadOfStream, leadStreams } from './streams';

/** What a search looks at. */
const SEARCHED = ['name', 'email', 'company', 'department', 'title'] as const satisfies readonly (keyof Profile)[];
type Searched = Pick<Profile, (typeof SEARCHED)[number]>;

export interface LeadText {
  /** Field by field as set last, as in the read model `leads`. */
  profile: Layer<Searched>[];
  erasedAt?: number;
}

/** List of the leads that have a text, by part; and what tells which parts of it have changed. */
export const TEXTS = 'texts';

/** Width, case and spaces do not matter. */
export const searchable = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();

export const textOf = ({ profile }: LeadText): string => {
  const fields = merged(profile);
  return searchable(SEARCHED.flatMap((field) => fields[field] || []).join(' '));
};

/**
 * Read model `lead-texts`, by lead: what a search looks at, apart from the rest so that only events which say something of a person change
 * it. Each process keeps the texts in memory (lead-search.ts), and learns from the tallies which have changed.
 */
export const leadTexts: Projection<LeadText> = defineProjection<LeadText>({
  name: 'lead-texts',
  version: '1',
  handles: ['LeadCaptured', 'ProfileUpdated', 'PersonalDataErased'],
  key: leadKey,
  streams: leadStreams,
  keyOfStream: leadOfStream,
  corrections: leadCorrections,
  initial: () => ({ profile: [], erasedAt: undefined }),
  evolve: (state, event) => evolve(state, event as LeadlogEvent),
  lists: (state, leadId): Record<string, number> => (textOf(state) === '' ? {} : { [TEXTS]: partOf(leadId) }),
  tallies: (state, leadId): Record<string, number> => {
    const text = textOf(state);
    return text === '' ? {} : fingerprint(TEXTS, leadId, text);
  },
});

function evolve(state: LeadText, event: LeadlogEvent): LeadText {
  const { occurredAt: at } = event;
  if (event.type === 'PersonalDataErased') {
    state.erasedAt = Math.max(state.erasedAt ?? at, at);
    state.profile = state.profile.filter((layer) => layer.at > state.erasedAt!);
  } else if ((event.type === 'LeadCaptured' || event.type === 'ProfileUpdated') && !(state.erasedAt !== undefined && at <= state.erasedAt)) {
    const given: Partial<Profile> = event.type === 'LeadCaptured' ? event.data.profile : event.data.changes;
    const set = Object.fromEntries(SEARCHED.flatMap((field) => (given[field] === undefined ? [] : [[field, given[field]]]))) as Partial<Searched>;
    state.profile = addLayer(state.profile, { ...happened(event), set });
  }
  return state;
}
