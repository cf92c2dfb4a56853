/** `docs/access.md`: every entry of the dashboard and who gets in, from the sources. */
import { actions, addressOf, declared, type Entry, handlers, isStream, pages } from './entries.ts'

const roles = ['viewer', 'operator', 'admin']

const head = `# Who may call what

Made from the sources by a test; do not edit. To make it anew after a change:
\`pnpm exec vitest run --project unit apps/web/src/lib/access.test.ts --update\`.

Every page, route and server action says first, in code, who may call it. The tests fail on one that does not, and
\`./bramble test --only security\` asks a running dashboard for each line of these tables as nobody, as each role and with a token of each
role, and compares. **yes** gets in, **sign-in** is sent there, **401** and **403** are refused. A token opens routes and
streams, as far as its role goes, and nothing else. **station** and **joining** are open to stations on other machines alone, with
the token or the one-time code of one, and **webhook** to git servers that sign with the secret of an app. **proven**: the person signed
in, or typed the password (and a code, with a second
factor) again, within the last ten minutes; else the page asks for it first.
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
  const titles = [column, 'says', 'nobody', ...roles, 'token']
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
