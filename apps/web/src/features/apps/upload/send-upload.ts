'use client'
/** Sends an upload in pieces, continues after a broken connection, and waits until a worker has checked it. */
import { FoundApp } from '@bramble/cluster'
import { z } from 'zod'
import { upload as words } from '../copy.ts'
import type { Chosen } from './dropped-files.ts'

const pieceBytes = 4_000_000
const attempts = 5
/** Milliseconds. */
const pauseMs = 1_000
const pollMs = 700

const Answer = z.object({
  id: z.string(),
  size: z.number(),
  received: z.number(),
  state: z.enum(['receiving', 'checking', 'checked', 'refused']),
  found: FoundApp.nullable(),
  trouble: z.object({ message: z.string(), cure: z.string() }).nullable(),
})
type Answer = z.infer<typeof Answer>

export type Progress = { phase: 'sending'; sent: number; all: number } | { phase: 'checking' }

export class UploadProblem extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message)
  }
}

interface Sending {
  cluster: string
  chosen: Chosen
  /** The app that it is for; null: a new one. */
  app: string | null
  signal: AbortSignal
  onProgress: (progress: Progress) => void
}

/** Throws UploadProblem with what is wrong and what to do. */
export async function sendUpload(input: Sending): Promise<{ id: string; found: FoundApp }> {
  const { cluster, chosen, app, signal, onProgress } = input
  const { name, content } = chosen
  const base = `/api/clusters/${cluster}/uploads`
  const body = JSON.stringify({ name, size: content.size, ...(app ? { app } : {}) })
  const json = { 'content-type': 'application/json' }
  let state = await ask(base, { method: 'POST', body, headers: json, signal })
  const at = `${base}/${state.id}`
  let failures = 0
  while (state.state === 'receiving') {
    onProgress({ phase: 'sending', sent: state.received, all: content.size })
    try {
      const piece = content.slice(state.received, state.received + pieceBytes)
      const headers = { 'upload-offset': `${state.received}`, 'content-type': 'application/octet-stream' }
      state = await ask(at, { method: 'PATCH', body: piece, headers, signal })
      failures = 0
    } catch (error) {
      if (signal.aborted || ++failures >= attempts) throw error
      await pause(pauseMs * failures, signal)
      state = await ask(at, { signal }).catch(() => state)
    }
  }
  if (state.state === 'checking') onProgress({ phase: 'checking' })
  return { id: state.id, found: await whenChecked(cluster, state.id, signal) }
}

/** What a worker found in it. Throws UploadProblem. */
export async function whenChecked(cluster: string, id: string, signal: AbortSignal): Promise<FoundApp> {
  for (;;) {
    const { state, trouble, found } = await ask(`/api/clusters/${cluster}/uploads/${id}`, { signal })
    if (found) return found
    if (trouble || state !== 'checking')
      throw new UploadProblem(trouble?.message ?? words.lost, trouble?.cure ?? words.lostCure)
    await pause(pollMs, signal)
  }
}

/** It is no longer wanted. */
export async function discardUpload(cluster: string, id: string): Promise<void> {
  await fetch(`/api/clusters/${cluster}/uploads/${id}`, { method: 'DELETE' }).catch(() => undefined)
}

async function ask(url: string, request: RequestInit): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, request)
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new UploadProblem(words.lost, words.lostCure)
  }
  const text: unknown = await response.json().catch(() => null)
  const answer = Answer.safeParse(text).data
  if (response.ok && answer) return answer
  const refusal = z.object({ message: z.string(), cure: z.string().default('') }).safeParse(text).data
  throw new UploadProblem(refusal?.message ?? words.lost, refusal?.cure ?? words.lostCure)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        reject(signal.reason)
      },
      { once: true },
    )
  })
}
