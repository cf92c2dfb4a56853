'use server'
import { requestCancel, retryRun } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'

const Run = z.uuid()

export async function cancelRun(run: string): Promise<Outcome> {
  const who = await access.require('operator')
  const id = Run.safeParse(run)
  if (!id.success) return refuse('There is no such run.', 'Reload the page.')
  return outcome(async () => {
    await requestCancel({ run: id.data, by: who.email })
    return {}
  })
}

/** Runs the same approved plan again: what is done stays, what is left is done. */
export async function retry(run: string): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const id = Run.safeParse(run)
  if (!id.success) return refuse('There is no such run.', 'Reload the page.')
  return outcome(async () => ({ run: await retryRun({ run: id.data, by: who.email }) }))
}
