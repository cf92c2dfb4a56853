'use server'
import { changeRetention } from '@bramble/db/maintenance'
import { revalidatePath } from 'next/cache'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome } from '@/format/outcome.ts'

export async function saveRetention(_: Outcome | null, form: FormData): Promise<Outcome> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const days = (name: string) => Number.parseInt(String(form.get(name)), 10)
  const retention = { logs: days('logs'), runs: days('runs'), audit: days('audit') }
  const answer = await outcome(async () => {
    await changeRetention({ retention, by: who.by })
    return {}
  })
  revalidatePath('/settings/retention')
  return answer
}
