import { Waiting } from '@/features/timeline/waiting.tsx'

export default function Loading() {
  return <Waiting />
}
