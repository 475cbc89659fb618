import { AnyObject, Id, OneOf, Text } from './fields';

export class ScoringModelDrafted {
  @Id() modelId!: string;
  @Text(64) version!: string;
  /** The model document as data. */
  @AnyObject() definition!: object;
}

export class ScoringModelPublished {
  @Id() modelId!: string;
  @Text(64) version!: string;
  @AnyObject() definition!: object;
  @OneOf(['retroactive', 'prospective']) mode!: 'retroactive' | 'prospective';
}

export class ScoringModelRetired {
  @Id() modelId!: string;
  @Text(64) version!: string;
}
