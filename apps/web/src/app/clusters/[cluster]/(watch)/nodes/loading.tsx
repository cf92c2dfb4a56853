import { Waiting, WaitingCards, WaitingRange } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRange />
      <WaitingCards count={4} least={22} className="h-64" />
    </Waiting>
  )
}
