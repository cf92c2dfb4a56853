/** Looks for secrets where none may stand: every table, every file of the data folder, what was printed, argv, pages. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { prisma } from '@bramble/db'
import { issuedSecrets, nodeLogins } from '@bramble/db/secrets'
import pg from 'pg'
import { databaseUrlOf, type Started } from './started.ts'

/** Name to value, of one cluster: what was issued for it and what a person typed. Needs DATABASE_URL and the key. */
export async function secretsOf(cluster: string): Promise<Record<string, string>> {
  const { id } = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster }, select: { id: true } })
  const logins = Object.entries(await nodeLogins(id)).flatMap(([node, login]) =>
    Object.values(login).map((value) => [`login of ${node}`, value] as const),
  )
  // What anybody may know is no secret: certificates and public keys.
  const issued = Object.entries(await issuedSecrets(id)).filter(([, value]) => !/CERTIFICATE|^ssh-/.test(value))
  return Object.fromEntries([...issued, ...logins])
}

/** The part of a secret that is sought: of a key in lines, one of its own lines. */
function needles(value: string): string[] {
  const part = value.includes('\n')
    ? (value.split('\n').filter((line) => !line.startsWith('-----'))[2] ?? value)
    : value
  const bytes = Buffer.from(part)
  return [
    part,
    encodeURIComponent(part),
    JSON.stringify(part).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('hex'),
  ]
}

/** `more`: places and their texts, such as pages. Returns a line for each secret that was found: `name in place`. */
export async function leaks(
  secrets: Readonly<Record<string, string>>,
  bramble: Started,
  more: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const places: Record<string, string> = { 'what up printed': bramble.said(), ...more }
  Object.assign(places, await tables(bramble.data), files(bramble.data), commandLines())
  return Object.entries(secrets).flatMap(([name, value]) =>
    Object.entries(places)
      .filter(([, text]) => needles(value).some((needle) => text.includes(needle)))
      .map(([place]) => `${name} in ${place}`),
  )
}

async function tables(data: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrlOf(data) })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    const found: Record<string, string> = {}
    for (const { name } of rows) {
      const { rows: lines } = await client.query<{ line: string }>(`select to_jsonb(t)::text as line from ${name} t`)
      found[`table ${name}`] = lines.map(({ line }) => line).join('\n')
    }
    return found
  } finally {
    await client.end()
  }
}

/** All but PostgreSQL's own folder, whose contents the tables are, and the file that keeps the keys. */
function files(data: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'keys.json')
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !path.relative(data, file).startsWith('postgres/'))
      .map((file) => [path.relative(data, file), textOf(file)]),
  )
}

/** Of a file that is gone by now: nothing. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function commandLines(): Record<string, string> {
  return Object.fromEntries(
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => [`the arguments of process ${pid}`, argumentsOf(pid)]),
  )
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
