import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { HANDOFFS_AT_SWITCH, MOST_A_DAY, PUBLISH_MODES } from '@leadlog/events';
import type { Publication } from '@leadlog/scoring';
import type { ListedModel } from '@leadlog/scoring/scoring.handlers';
import type { ModelList } from './models.answers';

class SwitchBody {
  @ApiPropertyOptional({
    enum: HANDOFFS_AT_SWITCH,
    description: 'what becomes of leads that are hot because of the switch alone (silent: nobody is handed off for that)',
  })
  @IsOptional()
  @IsIn(HANDOFFS_AT_SWITCH)
  handoffs?: (typeof HANDOFFS_AT_SWITCH)[number];

  @ApiPropertyOptional({ description: 'with trickle: how many of them are handed off each day, the best first' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_A_DAY)
  perDay?: number;
}

export class PublishBody extends SwitchBody {
  @ApiPropertyOptional({ description: 'a version that was drafted' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  version?: string;

  @ApiPropertyOptional({ description: 'instead of a version: the document (YAML or JSON), which is drafted with it' })
  @IsOptional()
  @IsString()
  document?: string;

  @ApiPropertyOptional({
    enum: PUBLISH_MODES,
    description: 'retroactive (all of history under it, by default) or prospective (for what is recorded from now on)',
  })
  @IsOptional()
  @IsIn(PUBLISH_MODES)
  mode?: (typeof PUBLISH_MODES)[number];
}

export class RollbackBody extends SwitchBody {
  @ApiPropertyOptional({ description: 'the version that is to be left; with it, asking again changes nothing' })
  @IsOptional()
  @IsString()
  from?: string;
}

/** One of GET /v1/models. */
export function modelJson({ modelId, state, main, live, ofSettings, answering }: ListedModel): ModelList['items'][number] {
  const published = new Set(state.published.map(({ version }) => version));
  return {
    modelId,
    main,
    live: live
      ? publicationJson(live)
      : ofSettings === undefined
        ? undefined
        : { version: ofSettings, document: ofSettings, ofSettings: true },
    answering,
    retired: state.retired !== undefined || undefined,
    versions: state.versions.map(({ version, draftedAt, position }) => ({
      version,
      draftedAt: new Date(draftedAt).toISOString(),
      position,
      published: published.has(version),
    })),
    published: state.published.map((one, number) => publicationJson(one, state.published[one.original], one.original !== number)),
  };
}

function publicationJson(
  { version, knownAs, mode, handoffs, perDay, position, at }: Publication,
  restored?: Publication,
  isRollback = false,
) {
  return {
    version: knownAs,
    document: version,
    mode,
    handoffs,
    perDay,
    publishedAt: new Date(at).toISOString(),
    position,
    rollbackTo: isRollback ? restored?.position : undefined,
  };
}
