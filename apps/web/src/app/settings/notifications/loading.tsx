import { notifications as words } from '@/features/settings/notifications/copy.ts'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting className="gap-6">
      <WaitingRows title={words.title} text={words.text} rows={2} />
      <WaitingRows title={words.deliveries} text={words.deliveriesText} rows={4} />
    </Waiting>
  )
}
