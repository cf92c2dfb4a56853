/** The fields of a form that anybody can send: what is no form has none, and a file is no text. */
export function fieldsOf(form: unknown): Record<string, unknown> {
  return form instanceof FormData ? Object.fromEntries(form) : {}
}
