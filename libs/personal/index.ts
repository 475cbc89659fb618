export { MasterKey } from './master-key';
export { subjectsWithoutKeys } from './missing-keys';
export { KeysNotFit, PERSONAL_KEYS, subjectOfLead } from './personal-keys';
export type { PersonalKey, PersonalKeys } from './personal-keys';
export { isErased, leftOfData, personalTypes, SEALED, storedAs } from './sealed-data';
export { SealedEventLog } from './sealed-event-log';
