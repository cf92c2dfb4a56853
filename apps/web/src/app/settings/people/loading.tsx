import { settings } from '@/features/settings/copy.ts'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.people.title} text={settings.people.text} rows={4} />
    </Waiting>
  )
}
