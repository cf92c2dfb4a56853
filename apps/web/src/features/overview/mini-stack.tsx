/** A stack in a hand's breadth, each Pi with its light, the primary framed, the cable lit. Decorative. */

import type { Power } from '@/features/topology/sight.ts'
import { cn } from '@/ui/cn.ts'

export interface MiniPi {
  name: string
  power: Power
  primary: boolean
  address: boolean
  alarm: boolean
}

const leds: Record<Power, string> = {
  on: 'fill-led-good',
  booting: 'fill-led-busy animate-breathe',
  away: 'fill-led-bad',
  unknown: 'fill-led-off',
}

export function MiniStack({ pis, className }: { pis: readonly MiniPi[]; className?: string }) {
  const gap = pis.length > 6 ? 15 : 21
  const height = pis.length * gap + 14
  return (
    <svg viewBox={`0 0 132 ${height}`} className={className} aria-hidden="true" focusable="false">
      {[22, 111].map((x) => (
        <rect key={x} x={x} y="1" width="3" height={height - 6} rx="1.5" className="fill-brass" />
      ))}
      {pis.map((pi, at) => {
        const y = 5 + at * gap
        const lit = pi.power === 'on' || pi.power === 'booting'
        return (
          <g key={pi.name}>
            <path
              d={`M18 ${y + 6} C 10 ${y + 6}, 8 ${y + 9}, 1 ${y + 9}`}
              className={cn('fill-none', pi.address ? 'stroke-primary' : 'stroke-border')}
              strokeWidth={pi.address ? 2.6 : 1.6}
              strokeLinecap="round"
            />
            <g className={cn('transition-opacity duration-500', !lit && 'opacity-45 grayscale')}>
              <rect x="17" y={y} width="102" height="11" rx="2.5" className="fill-pcb" />
              <rect x="17" y={y + 8} width="102" height="3" rx="1.5" className="fill-black/25" />
              <rect x="22" y={y - 1.5} width="13" height="10" rx="1" className="fill-metal" />
              <rect x="24.5" y={y + 1} width="8" height="6" rx="0.6" className="fill-hole" />
              <rect x="39" y={y - 1.5} width="11" height="10" rx="1" className="fill-metal" />
              <rect x="41" y={y + 1.5} width="7" height="2" className="fill-usb3" />
              <rect x="53" y={y - 1.5} width="11" height="10" rx="1" className="fill-metal" />
              <rect x="72" y={y + 1} width="13" height="6.4" rx="1" className="fill-part" />
            </g>
            {pi.primary && (
              <rect
                x="15.8"
                y={y - 2.6}
                width="104.4"
                height="14.8"
                rx="3.4"
                className="fill-none stroke-primary"
                strokeWidth="2"
              />
            )}
            <circle cx="97" cy={y + 5} r="2.6" className={leds[pi.power]} />
            <circle cx="106" cy={y + 5} r="2.6" className={pi.alarm ? 'fill-led-link' : 'fill-led-off'} />
          </g>
        )
      })}
      <rect x="12" y={height - 5} width="112" height="4" rx="2" className="fill-plate" />
    </svg>
  )
}
