/** A verb that does not do what was asked: a stable code, what is in the way, and what to do about it. */
export class Refusal extends Error {
  readonly code: string
  readonly cure: string
  /** A sentence a field, for the form that asked: then the message holds them all. */
  readonly fields: Readonly<Record<string, string>> | undefined
  constructor(
    code: string,
    message: string,
    cure: string,
    options?: ErrorOptions & { fields?: Readonly<Record<string, string>> | undefined },
  ) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
    this.cure = cure
    this.fields = options?.fields
  }
}
