/** How one signs in to the nodes of a lab that have disks. */
import { randomBytes } from 'node:crypto'
import { access, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { must } from '@bramble/process'
import type { Layout } from '../host/layout.ts'
import type { Access } from './disk.ts'

/** The key and the password of user `pi` on every node of this lab: made once, random, readable by root only. */
export async function makeLogin(layout: Layout): Promise<Access> {
  const hasKey = await access(layout.key).then(
    () => true,
    () => false,
  )
  if (!hasKey) await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', layout.namespace, '-f', layout.key])
  const password = await readFile(layout.password, 'utf8').catch(() => '')
  if (!password) await writeFile(layout.password, `${randomBytes(12).toString('base64url')}\n`, { mode: 0o600 })
  return {
    publicKey: (await readFile(`${layout.key}.pub`, 'utf8')).trim(),
    password: (await readFile(layout.password, 'utf8')).trim(),
  }
}

const filesOf = ({ key, password }: Layout) => [key, `${key}.pub`, password]

/** Puts the lab's key and password beside the disks that know them. */
export async function keepLogin(layout: Layout, folder: string): Promise<void> {
  for (const file of filesOf(layout)) await copyFile(file, join(folder, basename(file)))
}

/** Gives a lab that has not begun the key and the password that `keepLogin` kept. */
export async function bringLogin(layout: Layout, folder: string): Promise<void> {
  await mkdir(layout.state, { recursive: true, mode: 0o700 })
  for (const file of filesOf(layout)) await copyFile(join(folder, basename(file)), file)
}
