import { ruleTopics } from '@bramble/cluster'
import { Page } from '@/components/ui/page.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { ruleEditor, topicWords } from '@/copy/alerts.ts'

export default function Loading() {
  return (
    <Page title={ruleEditor.title} eyebrow={ruleEditor.back} actions={<Skeleton className="h-10 w-40" />}>
      <Waiting className="gap-6">
        {(Object.keys(ruleTopics) as (keyof typeof ruleTopics)[]).map((topic) => (
          <WaitingRows key={topic} {...topicWords[topic]} rows={ruleTopics[topic].length} />
        ))}
      </Waiting>
    </Page>
  )
}
