/** `docs/access.md`: every entry of the dashboard and who gets in, from the sources. */
import { actions, addressOf, declared, type Entry, handlers, isStream, pages } from './entries.ts'

const roles = ['viewer', 'operator', 'admin']

const head = `# Access reference

Generated from the source code by a test; do not edit. To generate it again after a change:
\`pnpm exec vitest run --project unit apps/web/src/auth/access.test.ts --update\`.

Every page, route, and server action declares in code who may call it (column *requires*); a unit test fails if one does not.
\`./bramble test --only security\` calls every line of these tables on a running dashboard as nobody, with each role, and with a token of
each role, and compares the result.

- **yes**: allowed. **sign-in**: redirected to the sign-in page. **401**, **403**: rejected.
- A token opens routes and streams within its role, and nothing else.
- **station** and **joining**: open only to stations on other machines, with their token or one-time code. **webhook**: open only to git
  servers that sign requests with the app's secret.
- **proven**: the person signed in, or entered the password (and a code, with two-factor authentication) again, within the last ten
  minutes. Otherwise the page asks for it first.
`

interface Row {
  what: string
  entry: Entry
  kind: 'page' | 'route' | 'action'
}

export function accessTable(): string {
  const rows = (kind: Row['kind'], entries: Entry[], what: (entry: Entry) => string): Row[] =>
    entries
      .map((entry) => ({ kind, entry, what: what(entry) }))
      .sort((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0))
  const parts: [string, string, Row[]][] = [
    ['Pages', 'page', rows('page', pages, ({ file }) => code(addressOf(file)))],
    [
      'Routes and streams',
      'route',
      rows(
        'route',
        handlers,
        (entry) => `${code(`${entry.name} ${addressOf(entry.file)}`)}${isStream(entry) ? ' stream' : ''}`,
      ),
    ],
    ['Server actions', 'action', rows('action', actions, ({ file, name }) => `${code(name)} in ${code(file)}`)],
  ]
  return [head, ...parts.map(([title, column, lines]) => part(title, column, lines))].join('\n')
}

const code = (text: string) => `\`${text}\``

function part(title: string, column: string, rows: Row[]): string {
  const lines = rows.map(({ what, entry, kind }) => {
    const audience = declared(entry)?.audience ?? 'undeclared'
    const cells = ['nobody', ...roles].map((role) => cell(kind, audience, role))
    const token = machines.has(audience) || (kind !== 'route' && audience === 'anyone') ? 'as nobody' : tokenOf(kind)
    const says = declared(entry)?.withProof ? `${audience}, proven` : audience
    return `| ${what} | ${says} | ${cells.join(' | ')} | ${token} |`
  })
  const titles = [column, 'requires', 'nobody', ...roles, 'token']
  const rule = titles.map(() => '---').join(' | ')
  return `## ${title}\n\n| ${titles.join(' | ')} |\n| ${rule} |\n${lines.join('\n')}\n`
}

/** Only machines get in, with a token or a code of their own. */
const machines = new Set(['station', 'joining', 'webhook'])
const tokenOf = (kind: Row['kind']) => (kind === 'route' ? 'as its role' : 'sign-in')

function cell(kind: Row['kind'], audience: string, role: string): string {
  if (audience === 'anyone') return 'yes'
  if (machines.has(audience)) return '401'
  if (role === 'nobody') return kind === 'route' ? '401' : 'sign-in'
  return roles.indexOf(role) >= roles.indexOf(audience) && roles.includes(audience) ? 'yes' : '403'
}
