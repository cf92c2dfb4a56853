'use client'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'

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
