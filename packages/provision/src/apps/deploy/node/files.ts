/** Files of apps on nodes: releases, complete or not there, and environments. */
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { AppKind } from '@bramble/cluster'
import { z } from 'zod'
import type { Transport } from '../../../engine/transport.ts'
import { Secret, Trouble } from '../../../engine/types.ts'
import { sendFile } from '../../../ssh/transfer.ts'

const appsRoot = '/srv/bramble/apps'
const script = readFileSync(new URL('./on-node.py', import.meta.url), 'utf8')

/** For tests: where apps are on this machine, and which group owns them. */
export interface Place {
  root?: string
  group?: string
  states?: string
}

export interface AppOnNode extends Place {
  app: string
}

interface Asking {
  signal?: AbortSignal
  timeout?: number
}

async function ask<T>(
  transport: Transport,
  message: object,
  answer: z.ZodType<T>,
  { signal, timeout = 60_000, content }: Asking & { content?: Secret } = {},
): Promise<T> {
  const head = `${JSON.stringify(message)}\n`
  const stdin = content ? new Secret(head + content.reveal()) : head
  const options = { as: 'root', stdin, timeout, ...(signal ? { signal } : {}) } as const
  const { code, stdout, stderr } = await transport.exec(['python3', '-I', '-c', script], options)
  if (code === 0) return answer.parse(JSON.parse(stdout))
  const words = stderr.trim().split('\n').at(-1) ?? ''
  throw /No space left/.test(words)
    ? new Trouble('disk-full', `Its disk is full: ${words}`, 'Free some space there, then deploy again.')
    : new Trouble('app-files', `The files of the app could not be written: ${words}`, 'Fix this, then deploy again.')
}

const State = z.object({ ready: z.boolean(), release: z.boolean(), free: z.number() })

/** `ready`: the node was provisioned for the app. `release`: the folder of this release is there. `free`: bytes. */
export const filesState = (transport: Transport, at: AppOnNode, release: string, asking: Asking = {}) =>
  ask(transport, { what: 'state', ...at, release }, State, asking)

export interface CopyInput extends Asking {
  at: AppOnNode
  release: { digest: string; path: string; kind?: AppKind }
  /** Bytes that arrived, and all. */
  progress?: (sent: number, all: number) => void
}

/** Copies a release unless it is there, continuing an earlier copy. Trouble: disk-full, and those of `sendFile`. */
export async function copyRelease(transport: Transport, input: CopyInput): Promise<void> {
  const { at, release, signal, progress } = input
  const asking = signal ? { signal } : {}
  const { digest, path, kind } = release
  const isImage = kind === 'image'
  const found = await filesState(transport, at, digest, asking)
  if (found.release) return
  // The file system of an image is compressed in it.
  refuseFull((isImage ? 5 : 2) * (await stat(path)).size, found.free)
  const to = `${at.root ?? appsRoot}/${at.app}/incoming/${digest}.tar`
  await sendFile(transport, { from: path, to, digest, ...asking, ...(progress ? { onProgress: progress } : {}) })
  const message = { what: 'unpack', ...at, release: digest, image: isImage }
  await ask(transport, message, z.object({}), { ...asking, timeout: 900_000 })
}

/** Left free for the database and the logs. */
const reserve = 200e6

function refuseFull(needed: number, free: number): void {
  if (free - needed > reserve) return
  const mega = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`
  throw new Trouble(
    'disk-full',
    `${mega(free)} are free there, but the release needs ${mega(needed)} to be unpacked, plus ${mega(reserve)} of reserve.`,
    'Free some space there, or deploy a smaller app.',
  )
}

/** Writes what systemd gives the processes: `content` as of `environmentFile`, named by its SHA-256. */
export async function writeEnvironment(
  transport: Transport,
  at: AppOnNode,
  environment: { digest: string; content: string },
  asking: Asking = {},
): Promise<void> {
  const { digest, content } = environment
  const options = { ...asking, ...(content === '' ? {} : { content: new Secret(content) }) }
  await ask(transport, { what: 'environment', ...at, digest }, z.object({}), options)
}

/** Removes what no kept release needs, and what copies of other releases left. */
export async function pruneFiles(
  transport: Transport,
  at: AppOnNode,
  keep: { releases: readonly string[]; environments: readonly string[] },
): Promise<void> {
  await ask(transport, { what: 'prune', ...at, ...keep }, z.object({}), { timeout: 300_000 })
}

/** Removes all files of an app, what its processes wrote included. */
export async function removeFiles(transport: Transport, at: AppOnNode): Promise<void> {
  await ask(transport, { what: 'remove', ...at }, z.object({}), { timeout: 300_000 })
}
