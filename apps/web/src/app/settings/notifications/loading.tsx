import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { notifications as words } from '@/copy/notifications.ts'

export default function Loading() {
  return (
    <Waiting className="gap-6">
      <WaitingRows title={words.title} text={words.text} rows={2} />
      <WaitingRows title={words.deliveries} text={words.deliveriesText} rows={4} />
    </Waiting>
  )
}
