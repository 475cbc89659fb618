export { MasterKey } from './master-key';
export { subjectsWithoutKeys } from './missing-keys';
export { subjectOfLead } from './personal-keys';
export type { PersonalKeys } from './personal-keys';
export { isErased, leftOfData, personalTypes, SEALED, storedAs } from './sealed-data';
export { SealedEventLog } from './sealed-event-log';
