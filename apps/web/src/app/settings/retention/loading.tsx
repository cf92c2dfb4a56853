import { settings } from '@/features/settings/copy.ts'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.retention.title} text={settings.retention.text} rows={3} />
    </Waiting>
  )
}
