'use client'
/** The silences that hold now, each with its way out. */
import { ruleOf } from '@bramble/cluster'
import type { SilenceView } from '@bramble/db/alerts'
import { BellOff } from 'lucide-react'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { Card, CardHeader, CardTitle } from '@/ui/card.tsx'
import { unsilence } from './actions.ts'
import { silencing } from './copy.ts'
import { SilenceTime } from './silence-time.tsx'

export function Silences({ silences, operator }: { silences: readonly SilenceView[]; operator: boolean }) {
  if (silences.length === 0) return null
  return (
    <Card>
      <CardHeader>
        <CardTitle>{silencing.active}</CardTitle>
      </CardHeader>
      <ul className="mt-4 divide-y divide-border border-border border-t">
        {silences.map((silence) => (
          <Silence key={silence.id} silence={silence} operator={operator} />
        ))}
      </ul>
    </Card>
  )
}

function Silence({ silence, operator }: { silence: SilenceView; operator: boolean }) {
  const [pending, start] = useTransition()
  const { id, rule, node, cluster, reason, by, until } = silence
  const what = `${rule ? ruleOf(rule).title : silencing.everyRule}, ${node ?? silencing.onEveryNode}, ${cluster}`
  const end = () =>
    start(async () => {
      const answer = await unsilence(id)
      if (answer.ok) toast.success(silencing.stopped)
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3.5 text-sm">
      <BellOff className="size-4 shrink-0 text-muted" aria-hidden />
      <div className="grid min-w-40 flex-1 gap-0.5">
        <p className="wrap-anywhere font-medium">{what}</p>
        <p className="wrap-anywhere text-muted">
          {silencing.badge} <SilenceTime until={until} /> {silencing.by(by)}
          {reason && <>: {reason}</>}
        </p>
      </div>
      {operator && (
        <Button size="sm" pending={pending} onClick={end} aria-label={silencing.stopOf(what)}>
          {silencing.stop}
        </Button>
      )}
    </li>
  )
}
