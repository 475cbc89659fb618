import { EventId, Flag, Id, ListOf, NotPersonal, OneOf, Optional, Personal, Quantity, Text, WebAddress, Whole } from './fields';
import { OfLead } from './lead-reference';

const DAY_MS = 86_400_000;

export class WebPageViewed extends OfLead {
  @NotPersonal() @WebAddress() url!: string;
  @OneOf(['price', 'product', 'case', 'career', 'other']) category!: 'price' | 'product' | 'case' | 'career' | 'other';
  @Optional() @Whole(0, DAY_MS) dwellMs?: number;
}

export class ContentDownloaded extends OfLead {
  @Id() assetId!: string;
  @OneOf(['whitepaper', 'priceList', 'catalog', 'other']) kind!: 'whitepaper' | 'priceList' | 'catalog' | 'other';
  @Optional() @NotPersonal() @Text(300) title?: string;
}

export class WebinarRegistered extends OfLead {
  @Id() webinarId!: string;
}

export class WebinarAttended extends OfLead {
  @Id() webinarId!: string;
  @Quantity(0, 1440) minutes!: number;
  /** False: a recording. */
  @Flag() live!: boolean;
}

export class Answer {
  @NotPersonal() @Text(1000) question!: string;
  /** In the words of the person, or the option that was chosen. */
  @Personal() @Text(4000) answer!: string;
  /** The option that was chosen, where there were options: it says the same of everyone who chose it, so it is not personal. */
  @Optional() @NotPersonal() @Text(500) choice?: string;
}

export class SurveyAnswered extends OfLead {
  @Id() surveyId!: string;
  @ListOf(() => Answer, 200) answers!: Answer[];
}

export class InquiryReceived extends OfLead {
  @OneOf(['demo', 'quote', 'document', 'contact']) kind!: 'demo' | 'quote' | 'document' | 'contact';
  @Optional() @Personal() @Text(10_000) text?: string;
}

/** One touchpoint of this lead counts as if it had never happened. */
export class TouchpointInvalidated extends OfLead {
  @EventId() targetEventId!: string;
  /** If one id was recorded in two streams, the stream of the event in question. */
  @Optional() @NotPersonal() @Text(300) targetStream?: string;
  @OneOf(['bot', 'internal', 'test', 'duplicate']) reason!: 'bot' | 'internal' | 'test' | 'duplicate';
}
