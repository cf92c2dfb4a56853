/** Searches a node's whole disk for secrets of its cluster: every file of every user, packed ones and the journal unpacked. */
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from '@bramble/process'
import { layoutOf, nodeLayout } from '../src/host/layout.ts'
import type { Stage } from './stage.ts'

/** Not secret: certificates, and keys that only check. */
const isPublic = (name: string) => name.endsWith('.certificate') || name.endsWith('ssh.public')

/** The secrets of a cluster by name, each as pieces of text any of which gives it away. */
export function secretsOf(stored: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(stored).flatMap(([name, text]) => (isPublic(name) ? [] : [[name, piecesOf(text)]])),
  )
}

/** A key is searched line by line: a file may hold it on one line, or with other line breaks. */
function piecesOf(text: string): string[] {
  const lines = text.trim().split('\n')
  if (lines.length === 1) return lines
  const body = lines.filter((line) => !line.startsWith('-----'))
  // Every OpenSSH key without a passphrase begins with the same line.
  return text.includes('OPENSSH') ? body.slice(1) : body
}

/** What SCRAM keeps of each password: whoever has it can check guesses. */
export async function verifiersOf(stage: Stage): Promise<Record<string, string[]>> {
  const query = 'select rolname, rolpassword from pg_authid where rolpassword is not null'
  const text = await stage.on(await stage.primary(), 'runuser', '-u', 'postgres', '--', 'psql', '-XAtF ', '-c', query)
  const rows = text.trim().split('\n')
  return Object.fromEntries(
    rows.map((row) => {
      const [role, verifier] = row.split(' ')
      return [`verifier of ${role}`, verifier!.split('$').at(-1)!.split(':')]
    }),
  )
}

/** The journal and packed logs as plain files on the node's own disk, where the search finds them. */
export async function unpackLogs(stage: Stage, node: string): Promise<void> {
  const script = `journalctl --all --output=export > /var/tmp/journal.export
find /var/log /var/backups /var/lib -xdev -name '*.gz' -exec zcat {} + > /var/tmp/unpacked 2>/dev/null
test -s /var/tmp/journal.export`
  await stage.on(node, 'sh', '-c', script)
}

const usual = ['boot', 'etc', 'home', 'media', 'mnt', 'opt', 'root', 'srv', 'usr/local', 'var']

/**
 * Path to the names of the secrets in it. `all`: every file of the node, which is on; by default not those that its
 * packages brought. `written`: what was written to its disk since its cluster was built; it may be off.
 */
export async function searchDisk(
  id: number,
  node: string,
  wanted: Readonly<Record<string, readonly string[]>>,
  where: 'all' | 'usual' | 'written' = 'usual',
): Promise<Record<string, string[]>> {
  const { root: mounted, disk } = nodeLayout(layoutOf(id), Number(node.slice(3)))
  const root = where === 'written' ? path.join(disk, 'upper') : mounted
  await access(path.join(root, 'var/lib'))
  const folder = await mkdtemp(path.join(tmpdir(), 'card-'))
  try {
    const pieces = path.join(folder, 'pieces')
    await writeFile(pieces, `${Object.values(wanted).flat().join('\n')}\n`, { mode: 0o600 })
    const argv = ['grep', '-raoF', '--null', '--devices=skip', '-f', pieces, '--']
    // What the kernel makes up is not on the disk.
    const kernel = ['dev', 'proc', 'run', 'sys', 'tmp']
    const names = (await readdir(root)).filter((name) => where === 'written' || !kernel.includes(name))
    const places = (where === 'usual' ? usual : names).map((name) => path.join(root, name))
    const { code, stdout, stderr } = await run([...argv, ...places], { timeout: 300_000 })
    // A file of a running node may go while it is searched.
    const unread = stderr.split('\n').filter((line) => line && !line.endsWith('No such file or directory'))
    if (code === null || unread.length > 0) throw new Error(`The disk of ${node} could not be searched: ${stderr}`)
    const found: Record<string, Set<string>> = {}
    for (const line of stdout.split('\n').filter(Boolean)) {
      const [file, piece] = line.split('\0')
      const names = Object.entries(wanted).flatMap(([name, texts]) => (texts.includes(piece!) ? [name] : []))
      const at = file!.slice(root.length)
      found[at] = new Set([...(found[at] ?? []), ...names])
    }
    return Object.fromEntries(Object.entries(found).map(([file, names]) => [file, [...names].sort()]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
