import { Id, Likelihood, ListOfTexts, NotPersonal, Optional, Text, WebAddress } from './fields';
import { OfLead } from './lead-reference';

export class EmailDelivered extends OfLead {
  @Id() messageId!: string;
  @Id() mailingId!: string;
  @NotPersonal() @Text(500) subject!: string;
  @NotPersonal() @ListOfTexts(50, 100) topics!: string[];
}

export class EmailOpened extends OfLead {
  @Id() messageId!: string;
  @Optional() @Likelihood() machineLikelihood?: number;
}

export class EmailLinkClicked extends OfLead {
  @Id() messageId!: string;
  @NotPersonal() @WebAddress() url!: string;
  @Optional() @Likelihood() botLikelihood?: number;
}

export class EmailUnsubscribed extends OfLead {
  @Id() messageId!: string;
}

export class EmailBounced extends OfLead {
  @Id() messageId!: string;
}
