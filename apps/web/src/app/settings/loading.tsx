import { Waiting, WaitingRows } from '@/components/ui/waiting.tsx'

export default function Loading() {
  return (
    <Waiting>
      <WaitingRows rows={4} />
    </Waiting>
  )
}
