import { Flag, Id, OneOf, Optional } from './fields';

export class ContentDraftGenerated {
  @OneOf(['seminarMail', 'articleMail', 'articleBody']) kind!: 'seminarMail' | 'articleMail' | 'articleBody';
  @Id() draftRef!: string;
  @Optional() @Flag() accepted?: boolean;
}
