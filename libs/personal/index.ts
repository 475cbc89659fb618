export { MasterKey } from './master-key';
export { sealedState } from './missing-keys';
export { subjectOfLead } from './personal-keys';
export type { PersonalKeys } from './personal-keys';
export { isErased, leftOfData, personalTypes, SEALED, storedAs, withoutClear } from './sealed-data';
export { sealedAfterwards, SealedEventLog } from './sealed-event-log';
export { UnsealedEventLog } from './unsealed-event-log';
