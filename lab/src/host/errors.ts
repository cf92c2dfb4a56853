/** A failure of the lab, named, with a message that ends in the cure. */
export class LabError extends Error {
  /** Stable name, e.g. `lab-needs-root`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LabError'
    this.code = code
  }
}
