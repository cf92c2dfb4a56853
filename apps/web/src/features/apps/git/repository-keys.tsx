'use client'
/** What a git server is given: the public deploy key, and the address and secret of the webhook. */
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import type { Refused } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { CopyButton } from '@/ui/copy-button.tsx'
import { makeWebhook } from './actions.ts'
import { repository as words } from './copy.ts'

export function DeployKey({ publicKey }: { publicKey: string | null }) {
  return (
    <section className="grid gap-2 text-sm" aria-label={words.key}>
      <h3 className="font-semibold">{words.key}</h3>
      {publicKey === null ? (
        <p className="text-muted">{words.keyMaking}</p>
      ) : (
        <>
          <p className="text-muted">{words.keyText}</p>
          <Copied text={publicKey} label={words.copyKey} />
        </>
      )}
    </section>
  )
}

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex flex-wrap items-start gap-2">
      <code className="numeric wrap-anywhere min-w-0 flex-1 rounded-md bg-subtle p-2 text-xs">{text}</code>
      <CopyButton size="sm" text={text} label={label} />
    </div>
  )
}

export function WebhookPart({ cluster, app, isSet }: { cluster: string; app: string; isSet: boolean }) {
  const router = useRouter()
  const [made, setMade] = useState<{ url: string; secret: string } | null>(null)
  const [problem, setProblem] = useState<Refused | null>(null)
  const [pending, start] = useTransition()
  const make = () =>
    start(async () => {
      const answer = await makeWebhook({ cluster, app })
      setProblem(answer.ok ? null : answer)
      if (!answer.ok) return
      setMade({ url: new URL(answer.path, window.location.origin).href, secret: answer.secret })
      router.refresh()
    })
  return (
    <section className="grid gap-2 text-sm" aria-label={words.webhook}>
      <h3 className="font-semibold">{words.webhook}</h3>
      <p className="text-muted">{words.webhookText}</p>
      {isSet && !made && <p>{words.webhookSet}</p>}
      {problem && (
        <Alert tone="bad" title={problem.message}>
          {problem.cure}
        </Alert>
      )}
      {made && (
        <>
          <Alert tone="warn" title={words.webhookOnce} />
          <p className="text-muted">{words.webhookUrl}</p>
          <Copied text={made.url} label={words.copy} />
          <p className="text-muted">{words.webhookSecret}</p>
          <Copied text={made.secret} label={words.copy} />
        </>
      )}
      <div>
        <Button size="sm" pending={pending} onClick={make}>
          {isSet ? words.newWebhook : words.makeWebhook}
        </Button>
      </div>
    </section>
  )
}
