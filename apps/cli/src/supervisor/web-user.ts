/** The user that the dashboard runs as when `up` runs as root: what listens on the network has no rights of its own. */
import { chown, lstat, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { uploadsIn } from '@bramble/db/data-dir'
import { run } from '@bramble/process'
import { root } from './checkout.ts'

export interface WebUser {
  uid: number
  gid: number
}

/** No name, no files and no other process: below those that systemd deals out, above those that Debian gives names. */
const firstId = 60_713
const ids = 20

/** A user that nobody on this machine is. Undefined when `up` is not root, or elsewhere than on Linux. */
async function unusedUser(): Promise<WebUser | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  for (let id = firstId; id < firstId + ids; id++) {
    const names = await Promise.all(['passwd', 'group'].map((kind) => run(['getent', kind, String(id)])))
    if (names.every(({ code }) => code === 2)) return { uid: id, gid: id }
  }
  return undefined
}

/** True when this user can start Node and read the dashboard's build and packages. */
async function canRun(user: WebUser): Promise<boolean> {
  const web = path.join(root, 'apps/web')
  const needed = [path.join(web, '.next/BUILD_ID'), createRequire(path.join(web, 'package.json')).resolve('next')]
  const reading = await Promise.all(needed.map((file) => run(['test', '-r', file], { cwd: '/', ...user })))
  const node = await run([process.execPath, '--version'], { cwd: '/', ...user }).catch(() => undefined)
  return node?.code === 0 && reading.every(({ code }) => code === 0)
}

/**
 * Whom to run the dashboard as, and the folder that it puts uploads into, which is then that user's. Null: as `up` itself,
 * with the reason when that is root.
 */
export async function prepareWebUser(dataDir: string): Promise<{ user: WebUser | null; problem?: string }> {
  const user = await unusedUser()
  if (!user) return { user: null }
  if (!(await canRun(user)))
    return {
      user: null,
      problem: `The dashboard runs as root: user ${user.uid} cannot read ${root}. Move Bramble to a folder that all users can read, such as /opt/bramble, and start it again.`,
    }
  const uploads = uploadsIn(dataDir)
  await mkdir(uploads, { recursive: true, mode: 0o700 })
  if (!(await lstat(uploads)).isDirectory())
    throw new Error(`${uploads} is not a folder. Move or delete it, then start Bramble again.`)
  await chown(uploads, user.uid, user.gid)
  return { user }
}
