'use client'
import { en } from '@/format/en.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Page } from '@/ui/page.tsx'

export default function Fault({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title={en.fault.title} width="narrow">
      <Alert tone="bad" title={en.fault.lead} actions={<Button onClick={reset}>{en.fault.again}</Button>}>
        {en.fault.text}
        {error.digest ? <span className="numeric mt-2 block font-mono text-xs">{error.digest}</span> : null}
      </Alert>
    </Page>
  )
}
