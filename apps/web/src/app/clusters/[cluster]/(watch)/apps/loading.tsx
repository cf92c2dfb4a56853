import { apps as words } from '@/features/apps/copy.ts'
import { Waiting, WaitingCards } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting label={words.loading}>
      <WaitingCards count={3} least={60} className="h-24" />
    </Waiting>
  )
}
