import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'
import { settings } from '@/copy/settings.ts'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows title={settings.tokens.title} text={settings.tokens.text} rows={3} />
    </Waiting>
  )
}
