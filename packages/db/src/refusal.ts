/** A verb that does not do what was asked: a stable code, what is in the way, and what to do about it. */
export class Refusal extends Error {
  readonly code: string
  readonly cure: string
  constructor(code: string, message: string, cure: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
    this.cure = cure
  }
}
