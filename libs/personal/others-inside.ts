type Data = Record<string, unknown>;
interface Colleague {
  leadId?: unknown;
  name?: unknown;
}

/**
 * The member of data that holds what is sealed of other leads, by their ids: each under its own key. Webhooks that wait carry a copy of the
 * names, and lose them in `libs/handoff/webhooks/erased-person.ts`.
 */
export const OTHERS = 'others';

/** The personal part of an event without the names of other leads in it, and those names: a dossier tells of colleagues. */
export function withoutOthers(type: string, personal: Data): { own: Data; others: ReadonlyMap<string, string> } {
  const others = new Map<string, string>();
  const colleagues = colleaguesIn(type, personal);
  if (!colleagues) return { own: personal, others };
  const left = colleagues.map((colleague) => {
    const { leadId, name, ...rest } = colleague;
    if (typeof leadId !== 'string' || typeof name !== 'string') return colleague;
    others.set(leadId, name);
    // In its place, for the order of members.
    return { leadId, name: '', ...rest };
  });
  return { own: { ...personal, dossier: { ...(personal['dossier'] as Data), colleagues: left } }, others };
}

/** The same with these names; those who are forgotten have none. */
export function withOthers(type: string, own: Data, nameOf: (leadId: string) => string | undefined): Data {
  const colleagues = colleaguesIn(type, own)?.map((colleague) => {
    if (colleague.name !== '' || typeof colleague.leadId !== 'string') return colleague;
    const { name: _, ...rest } = colleague;
    const name = nameOf(colleague.leadId);
    return name === undefined ? rest : { ...colleague, name };
  });
  return colleagues ? { ...own, dossier: { ...(own['dossier'] as Data), colleagues } } : own;
}

/** Data without the names of others who are forgotten, where these were recorded in clear. The same where there are none. */
export function withoutForgotten(type: string, data: Data, isForgotten: (leadId: string) => boolean): Data {
  const gone = ({ leadId, name }: Colleague): boolean => name !== undefined && typeof leadId === 'string' && isForgotten(leadId);
  const colleagues = colleaguesIn(type, data);
  if (!colleagues?.some(gone)) return data;
  const left = colleagues.map((colleague) => {
    const { name: _, ...rest } = colleague;
    return gone(colleague) ? rest : colleague;
  });
  return { ...data, dossier: { ...(data['dossier'] as Data), colleagues: left } };
}

export const tellsOfOthers = (type: string): boolean => type === 'LeadHandedOff';

function colleaguesIn(type: string, personal: Data): Colleague[] | undefined {
  if (!tellsOfOthers(type)) return undefined;
  const colleagues = (personal['dossier'] as { colleagues?: unknown } | undefined)?.colleagues;
  return Array.isArray(colleagues) ? (colleagues as Colleague[]) : undefined;
}
