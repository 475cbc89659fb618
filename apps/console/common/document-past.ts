interface Publication {
  version: string;
  publishedAt?: string;
  position?: string;
  rollbackTo?: string;
}

/** What the API tells of a document that has versions. */
export interface Past<Of extends Publication = Publication> {
  live?: Publication;
  published: readonly Of[];
  versions: readonly { version: string; draftedAt: string; position: string }[];
}

export interface Doing<Of extends Publication> {
  version: string;
  what: 'wasPublished' | 'wasRolledBack' | 'wasDrafted';
  /** Left out: of the settings, before anybody has published. */
  at?: string;
  position?: string;
  isLive: boolean;
  publication?: Of;
}

/** What was done with a document, the last first. */
export function doingsOf<Of extends Publication>({ live, published, versions }: Past<Of>): Doing<Of>[] {
  const place = ({ position = '0' }: Doing<Of>): bigint => BigInt(position);
  return [
    ...published.map((publication): Doing<Of> => {
      const { version, publishedAt: at, position, rollbackTo } = publication;
      const isLive = live !== undefined && live.position === position;
      return { version, what: rollbackTo === undefined ? 'wasPublished' : 'wasRolledBack', at, position, isLive, publication };
    }),
    ...versions.map(({ version, draftedAt: at, position }): Doing<Of> => ({ version, what: 'wasDrafted', at, position, isLive: false })),
  ].sort((a, b) => (place(a) < place(b) ? 1 : place(a) > place(b) ? -1 : 0));
}
