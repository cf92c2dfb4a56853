import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { settings } from '@/copy/settings.ts'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.retention.title} text={settings.retention.text} rows={3} />
    </Waiting>
  )
}
