export { auditProjection } from './audit.projection';
export type { AuditEntry } from './audit.projection';
