import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { settings } from '@/copy/settings.ts'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.people.title} text={settings.people.text} rows={4} />
    </Waiting>
  )
}
