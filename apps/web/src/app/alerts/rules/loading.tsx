import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { ruleEditor } from '@/copy/alerts.ts'

export default function Loading() {
  return (
    <Page title={ruleEditor.title} eyebrow={ruleEditor.back}>
      <Skeleton className="h-96" />
      <Skeleton className="h-64" />
    </Page>
  )
}
