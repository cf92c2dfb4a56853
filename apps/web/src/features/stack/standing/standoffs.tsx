/** The brass columns that hold the boards of the stack apart. */
import { cn } from '@/ui/cn.ts'

export function Standoffs() {
  return (
    <div aria-hidden="true" className="absolute inset-0">
      {['left-[5%]', 'right-[5%]'].map((side) => (
        <div key={side} className={cn('absolute inset-y-0 w-1 bg-brass/80', side)} />
      ))}
    </div>
  )
}
