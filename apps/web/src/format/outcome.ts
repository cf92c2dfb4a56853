/** What a server action hands back: the value, or the sentence and the cure of a named error. */

export interface Refused {
  ok: false
  message: string
  cure: string
  /** A sentence a field of the form that asked; the message says them all. */
  fields?: Readonly<Record<string, string>>
  /** The caller has to prove who they are first, then send the same again. */
  proof?: 'password' | 'password-and-code'
}

export type Outcome<T = object> = ({ ok: true } & T) | Refused

interface Named {
  code: string
  message: string
  cure: string
  fields?: Readonly<Record<string, string>>
}

function isNamed(error: unknown): error is Named {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'cure' in error &&
    typeof error.cure === 'string'
  )
}

/** Named errors become data for the page; anything else is a fault of Bramble and goes on to the error page and the log. */
export async function outcome<T extends object>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, ...(await work()) }
  } catch (error) {
    if (isNamed(error))
      return { ok: false, message: error.message, cure: error.cure, ...(error.fields ? { fields: error.fields } : {}) }
    throw error
  }
}

/** A refusal of the web part itself. */
export function refuse(message: string, cure = ''): Refused {
  return { ok: false, message, cure }
}

/** A refusal that stands at one field of the form. */
export function refuseAt(field: string, message: string, cure = ''): Refused {
  return { ok: false, message, cure, fields: { [field]: cure ? `${message} ${cure}` : message } }
}

/** What a form's schema says of its fields: each message is a sentence already. */
export function refuseFields(issues: readonly { path: readonly PropertyKey[]; message: string }[]): Refused {
  const fields: Record<string, string> = {}
  for (const { path, message } of issues) fields[path.map(String).join('.')] ??= message
  return { ok: false, message: Object.values(fields).join(' '), cure: '', fields }
}
