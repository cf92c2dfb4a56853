/**
 * Whether the body of a server action can be decoded at all. React throws on what cannot, and Next answers that with 500 and
 * writes a stack into the log; a stranger could fill it. Pure.
 */

export interface ActionBody {
  /** The `next-action` header; null: a form that was sent without script. */
  id: string | null
  /** The `content-type` header. */
  type: string
  body: Uint8Array
}

/** Levels of lists and objects. */
const deepest = 32
const mostArguments = 100
const isId = (id: unknown) => typeof id === 'string' && /^[0-9a-f]{42}$/.test(id)

export async function isActionBody({ id, type, body }: ActionBody): Promise<boolean> {
  if (id !== null && !isId(id)) return false
  if (!/^multipart\/form-data/i.test(type)) return id !== null && isArguments(new TextDecoder().decode(body), null)
  const form = await new Response(Buffer.from(body), { headers: { 'content-type': type } }).formData().catch(() => null)
  // React refuses a file that is encoded once more.
  if (!form || /content-transfer-encoding/i.test(Buffer.from(body).toString('latin1'))) return false
  return id === null ? isPlainForm(form) : isArguments(onlyField(form, 0), form)
}

/** As a browser without script sends it: the action is in fields whose names begin with `$ACTION_`. */
function isPlainForm(form: FormData): boolean {
  const names = [...form.keys()].filter((name) => name.startsWith('$ACTION_') && name !== '$ACTION_KEY')
  const isNamed = (name: string) => isId(name.slice('$ACTION_ID_'.length)) && name.startsWith('$ACTION_ID_')
  const isPart = (name: string) => {
    if (/^\$ACTION_REF_\d{1,3}$/.test(name)) return form.has(name.replace('REF_', '').concat(':0'))
    const text = form.get(name)
    if (!/^\$ACTION_\d{1,3}:\d{1,3}$/.test(name) || form.getAll(name).length !== 1 || typeof text !== 'string')
      return false
    const value = parsed(text)
    if (!name.endsWith(':0')) return isPlain(value, 0, () => false)
    const { id, bound } = (value ?? {}) as { id?: unknown; bound?: unknown }
    const part = typeof bound === 'string' ? /^\$@(\d{1,3})$/.exec(bound)?.[1] : undefined
    return isId(id) && (bound === null || (part !== undefined && form.has(name.replace(/0$/, part))))
  }
  return names.length > 0 && names.every((name) => isNamed(name) || isPart(name))
}

function isArguments(text: FormDataEntryValue | null, form: FormData | null): boolean {
  const value = typeof text === 'string' ? parsed(text) : undefined
  if (!Array.isArray(value) || value.length > mostArguments) return false
  const seen = new Set<number>()
  const refersWell = (sign: string, row: number): boolean => {
    // An empty form has no field of its own.
    if (sign === 'K') return form !== null
    const field = form && onlyField(form, row)
    if (sign === 'B') return field instanceof Blob
    if (typeof field !== 'string' || row === 0 || seen.has(row)) return false
    seen.add(row)
    return isPlain(parsed(field), 0, refersWell)
  }
  return isPlain(value, 0, refersWell)
}

/** The one field that React takes for this row; null: there is none, or more than one. */
function onlyField(form: FormData, row: number): FormDataEntryValue | null {
  const names = [...form.keys()].filter((name) => Number.parseInt(name, 16) === row)
  return names.length === 1 && names[0] === row.toString(16) ? form.get(names[0]) : null
}

function isPlain(value: unknown, depth: number, refersWell: (sign: string, row: number) => boolean): boolean {
  if (value === undefined || depth > deepest) return false
  if (typeof value === 'string') return isText(value, refersWell)
  if (value === null || typeof value !== 'object') return true
  return Object.values(value).every((one) => isPlain(one, depth + 1, refersWell))
}

/** What begins with a dollar sign means something else to React. */
function isText(text: string, refersWell: (sign: string, row: number) => boolean): boolean {
  if (!text.startsWith('$') || text.startsWith('$$')) return true
  if (/^\$(?:undefined|NaN|-?Infinity|-0|n-?\d{1,50}|D[-\dT:.Z+]{1,40})$/.test(text)) return true
  const [, sign, row] = /^\$([KB]?)([0-9a-f]{1,4})$/.exec(text) ?? []
  return sign !== undefined && row !== undefined && refersWell(sign, Number.parseInt(row, 16))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
