import { appPage, apps, environment } from '@/features/apps/copy.ts'
import { Skeleton } from '@/ui/skeleton.tsx'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting label={apps.loading}>
      <Skeleton className="h-16 max-w-prose" />
      <WaitingRows title={appPage.nodes} text={appPage.nodesText} rows={3} />
      <WaitingRows title={appPage.releases} text={appPage.releasesText} rows={2} />
      <WaitingRows title={appPage.history} rows={2} />
      <WaitingRows title={environment.title} text={environment.text} rows={1} />
    </Waiting>
  )
}
