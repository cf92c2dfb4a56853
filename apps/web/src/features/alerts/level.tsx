/** A level by shape, colour and word. */
import type { AlertLevel } from '@bramble/cluster'
import { CircleX, Info, TriangleAlert } from 'lucide-react'
import { cn } from '@/ui/cn.ts'
import { levelWords } from './copy.ts'

const looks = {
  critical: { icon: CircleX, ink: 'text-bad' },
  warning: { icon: TriangleAlert, ink: 'text-warn' },
  info: { icon: Info, ink: 'text-info' },
} as const

export function LevelMark({ level, className }: { level: AlertLevel; className?: string }) {
  const { icon: Icon, ink } = looks[level]
  return <Icon className={cn('size-5 shrink-0', ink, className)} aria-label={levelWords[level]} role="img" />
}
