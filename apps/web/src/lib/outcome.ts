/** What a server action hands back: the value, or the sentence and the cure of a named error. */

export type Outcome<T = object> = ({ ok: true } & T) | { ok: false; message: string; cure: string }

interface Named {
  code: string
  message: string
  cure: string
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
    if (isNamed(error)) return { ok: false, message: error.message, cure: error.cure }
    throw error
  }
}

/** A refusal of the web part itself. */
export function refuse(message: string, cure = ''): { ok: false; message: string; cure: string } {
  return { ok: false, message, cure }
}
