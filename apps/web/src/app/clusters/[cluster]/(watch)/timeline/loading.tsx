import { Waiting } from '@/components/timeline/waiting.tsx'

export default function Loading() {
  return <Waiting />
}
