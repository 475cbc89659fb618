import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import type { Publication } from '@leadlog/documents';
import type { ListedDocument } from '@leadlog/documents/documents.handlers';
import type { DocumentList } from './documents.answers';

export class PublishDocumentBody {
  @ApiPropertyOptional({ description: 'a version that was drafted' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  version?: string;

  @ApiPropertyOptional({ description: 'instead of a version: the document (YAML or JSON), which is drafted with it' })
  @IsOptional()
  @IsString()
  document?: string;
}

export class RollBackDocumentBody {
  @ApiPropertyOptional({ description: 'the version that is to be left; with it, asking again changes nothing' })
  @IsOptional()
  @IsString()
  from?: string;
}

/** One of a list. */
export function documentJson({ id, state, inUse, live, ofSettings }: ListedDocument): DocumentList['items'][number] {
  const published = new Set(state.published.map(({ version }) => version));
  return {
    id,
    inUse,
    live: live ? publicationJson(live) : ofSettings === undefined ? undefined : { version: ofSettings, ofSettings: true },
    versions: state.versions.map(({ version, draftedAt, position }) => ({
      version,
      draftedAt: new Date(draftedAt).toISOString(),
      position,
      published: published.has(version),
    })),
    published: state.published.map((one, number) =>
      publicationJson(one, one.original === number ? undefined : state.published[one.original]!.position),
    ),
  };
}

const publicationJson = ({ version, position, at }: Publication, rollbackTo?: string) => ({
  version,
  publishedAt: new Date(at).toISOString(),
  position,
  rollbackTo,
});
