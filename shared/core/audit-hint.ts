/** What a refusal knows that its caller is not told: the cause of an error, for the audit log and for nobody else. */
export class AuditHint extends Error {
  readonly details: AuditDetails

  constructor(details: AuditDetails) {
    super('what the audit log is told')
    this.details = details
  }
}

export interface AuditDetails {
  /** Who did it, or whose credential it was. */
  readonly by?: string
  /** What it was done to. */
  readonly target?: string
  /** Whose that is. */
  readonly owner?: string
  readonly reason?: string
}
