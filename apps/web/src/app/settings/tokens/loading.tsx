import { settings } from '@/features/settings/copy.ts'
import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.tokens.title} text={settings.tokens.text} rows={3} />
    </Waiting>
  )
}
