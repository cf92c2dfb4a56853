import { Waiting, WaitingRows } from '@/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows rows={4} />
    </Waiting>
  )
}
