import { ruleTopics } from '@bramble/cluster'
import { ruleEditor, topicWords } from '@/features/alerts/copy.ts'
import { Page } from '@/ui/page.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

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
