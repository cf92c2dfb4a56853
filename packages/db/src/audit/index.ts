/** The audit log. */

export { type AuditEntry, type AuditFilter, type AuditView, auditedVerbs, listAudit, recordAudit } from './audit.ts'
export { type AuditVerb, auditVerbs } from './audit-verbs.ts'
