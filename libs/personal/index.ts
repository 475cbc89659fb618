export { MasterKey } from './master-key';
export { KeysNotFit, PERSONAL_KEYS, subjectOfLead } from './personal-keys';
export type { PersonalKey, PersonalKeys } from './personal-keys';
