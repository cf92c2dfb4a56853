/** `docs/access.md` as data: what the running dashboard is measured by. A unit test keeps it in step with the sources. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../src/supervisor/checkout.ts'

export const callers = ['nobody', 'viewer', 'operator', 'admin'] as const
export type Caller = (typeof callers)[number]
export type Verdict = 'yes' | 'sign-in' | '401' | '403'

export interface Line {
  kind: 'page' | 'route' | 'action'
  /** As it stands in the table. */
  what: string
  /** Of a page or route: its address with parameters in brackets. */
  address: string
  method: string
  stream: boolean
  /** Of an action. */
  name: string
  file: string
  expected: Record<Caller, Verdict>
  /** With a token of a role. */
  byToken: Record<Exclude<Caller, 'nobody'>, Verdict>
}

const kinds = { Pages: 'page', 'Routes and streams': 'route', 'Server actions': 'action' } as const

export function readTable(): Line[] {
  const text = readFileSync(path.join(root, 'docs/access.md'), 'utf8')
  return text
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const [title, ...lines] = part.split('\n')
      const kind = kinds[title as keyof typeof kinds]
      if (!kind) throw new Error(`docs/access.md has a part that nobody reads: ${title}`)
      return lines.filter((line) => line.startsWith('| `')).map((line) => readLine(kind, line))
    })
}

function readLine(kind: Line['kind'], line: string): Line {
  const [what = '', , nobody, viewer, operator, admin, token] = line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
  const [first = '', second = ''] = [...what.matchAll(/`([^`]+)`/g)].map((match) => match[1])
  const [method = '', address = ''] = kind === 'route' ? first.split(' ') : ['GET', first]
  const expected = { nobody, viewer, operator, admin } as Line['expected']
  const byRole = (of: (role: 'viewer' | 'operator' | 'admin') => Verdict) => ({
    viewer: of('viewer'),
    operator: of('operator'),
    admin: of('admin'),
  })
  const byToken = byRole((role) => (token === 'as its role' ? expected[role] : expected.nobody))
  return {
    kind,
    what: what.replaceAll('`', ''),
    method: kind === 'action' ? 'POST' : method,
    address: kind === 'action' ? '' : address,
    stream: what.endsWith(' stream'),
    name: kind === 'action' ? first : '',
    file: second,
    expected,
    byToken,
  }
}
