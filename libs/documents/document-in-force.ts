import type { EventLog } from '@leadlog/event-log';
import type { DocumentKind } from './document-kind';
import { FollowedDocuments } from './followed-documents';
import { emptyHistory, readHistory, type Publication } from './stored-document';
import { InvalidDocument } from './yaml-document';

/** A document that counts, or counted. */
export interface InForce<Content> {
  id: string;
  version: string;
  content: Content;
}

interface Published<Content> {
  publications: (Pick<Publication, 'at'> & InForce<Content>)[];
  /** Versions that this program cannot read, and why. */
  unreadable: ReadonlyMap<string, string>;
}

/**
 * A document by which a process goes, now and at earlier moments: that of the settings until one is published, from then on the log. All that
 * is asked here follows from the log and the settings alone. In place of a version that this program cannot read counts the one before it:
 * nobody should be without a program because of what was published by another version of it.
 */
export class DocumentInForce<Content> {
  private readonly followed: FollowedDocuments<Published<Content>>;

  constructor(
    private readonly log: EventLog,
    private readonly kind: DocumentKind<Content>,
    /** What counts until one is published; it may follow from what changes itself. */
    private readonly settings: () => InForce<Content>,
    onWarning?: (message: string, error?: unknown) => void,
  ) {
    const look = (id: string) => (id === this.ofSettings.id ? this.look() : Promise.resolve(undefined));
    this.followed = new FollowedDocuments({ log, events: kind, types: [kind.published], look, onWarning });
  }

  /** Reads what was published. */
  async open(): Promise<void> {
    const head = await this.log.head();
    await this.followed.startFrom([this.ofSettings.id], head);
  }

  /** `changed`: called after every publication, and repeated until it succeeds. */
  follow(changed: () => Promise<void> = () => Promise.resolve()): void {
    this.followed.follow(changed);
  }

  stop(): Promise<void> {
    return this.followed.stop();
  }

  get ofSettings(): InForce<Content> {
    return this.settings();
  }

  now(): InForce<Content> {
    return this.publications.at(-1) ?? this.ofSettings;
  }

  /**
   * In force at a moment, ms. Before the first publication it is the first: that of the settings of then, which is published with whatever
   * replaces it; the settings may say something else since.
   */
  at(ms: number): InForce<Content> {
    return this.publications.findLast(({ at }) => at <= ms) ?? this.publications[0] ?? this.ofSettings;
  }

  /** Undefined if it was never in force. */
  ofVersion(version: string | undefined): InForce<Content> | undefined {
    return [...this.publications, this.ofSettings].find((one) => one.version === version);
  }

  /**
   * By which something was decided. What the log never had was of the settings, which may say something else since. Undefined if this program
   * cannot read it: another one can, so what follows from it is for that.
   */
  decidedBy(version: string | undefined): InForce<Content> | undefined {
    const { unreadable } = this.followed.get(this.ofSettings.id) ?? {};
    return version !== undefined && unreadable?.has(version) ? undefined : (this.ofVersion(version) ?? this.ofSettings);
  }

  /** Whether the log has a say, rather than the settings. */
  get isPublished(): boolean {
    return this.publications.length > 0;
  }

  /** For the operator: what was published and does not count, because this program cannot read it. */
  unreadable(): string[] {
    const { id } = this.ofSettings;
    return [...(this.followed.get(id)?.unreadable ?? [])].map(
      ([version, why]) =>
        `${this.kind.noun} ${id} ${version} was published and cannot be read by this program, so what was before it counts: ${why}`,
    );
  }

  private get publications(): Published<Content>['publications'] {
    return this.followed.get(this.ofSettings.id)?.publications ?? [];
  }

  private async look(): Promise<Published<Content>> {
    const { id } = this.ofSettings;
    const history = await readHistory(this.log, emptyHistory(this.kind, id));
    // That of the settings is what it is there: an organisation that nobody wrote is still one that nobody wrote.
    const known = new Map<string, Content>([[this.ofSettings.version, this.ofSettings.content]]);
    const contentOf = (version: string): Content => {
      const content = known.get(version) ?? this.kind.contentOf(history.document(version)!, `${this.kind.noun} ${id} ${version}`);
      known.set(version, content);
      return content;
    };
    const unreadable = new Map<string, string>();
    const publications = history.state.published.flatMap(({ version, at }) => {
      try {
        return unreadable.has(version) ? [] : [{ id, version, at, content: contentOf(version) }];
      } catch (error) {
        if (!(error instanceof InvalidDocument)) throw error;
        unreadable.set(version, error.message);
        return [];
      }
    });
    return { publications, unreadable };
  }
}
