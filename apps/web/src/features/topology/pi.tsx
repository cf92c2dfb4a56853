/** A Raspberry Pi on its plate, seen from the port side and a little from above. Decorative: words say the same beside it. */
import { cn } from '@/ui/cn.ts'
import type { Heat, Power } from './sight.ts'
import motion from './stack.module.css'

interface PiProps {
  power: Power
  heat?: Heat
  /** Fraction: how busily the light of its card blinks. */
  cpu?: number | null
  /** It is the primary: the board is framed. */
  primary?: boolean
  /** It holds the virtual IP: its cable is lit. */
  address?: boolean
  /** Something is being done to it by a run. */
  busy?: boolean
  alarm?: 'bad' | 'warn' | null
}

const powerLed: Record<Power, string> = {
  on: 'fill-led-good',
  booting: 'fill-led-busy',
  away: 'fill-led-bad',
  unknown: 'fill-led-off',
}
const chip: Record<Heat, string> = { cool: 'fill-metal', warm: 'fill-led-link', hot: 'fill-led-bad' }

export function Pi({ power, heat = 'cool', cpu = null, primary, address = false, busy, alarm = null }: PiProps) {
  const lit = power === 'on' || power === 'booting'
  return (
    <svg viewBox="0 0 240 78" className="block h-auto w-full overflow-visible" aria-hidden="true" focusable="false">
      {/* The acrylic plate it stands on */}
      <rect x="0" y="70" width="240" height="6" rx="2" className="fill-plate" />
      <rect x="0" y="70" width="240" height="1.2" rx="0.6" className="fill-white/40" />
      {[28, 206].map((x) => (
        <rect key={x} x={x} y="59" width="6" height="11" className="fill-brass" />
      ))}
      <g className={cn('transition-opacity duration-500', !lit && 'opacity-40 grayscale')}>
        {/* The board: its top, its edge */}
        <path d="M43 12 H197 Q200 12 201.6 14.6 L221 54 H19 L38.4 14.6 Q40 12 43 12 Z" className="fill-pcb" />
        <path d="M43 12 H197 Q200 12 201.6 14.6 L203 17 H37 L38.4 14.6 Q40 12 43 12 Z" className="fill-black/10" />
        <rect x="18" y="54" width="204" height="5" rx="1.5" className="fill-pcb" />
        <rect x="18" y="54" width="204" height="5" rx="1.5" className="fill-black/25" />
        {/* GPIO pins along the far edge */}
        <path d="M48 14 H150 L151 18 H46.5 Z" className="fill-part" />
        {Array.from({ length: 18 }, (_, at) => (
          <rect key={at} x={49.5 + at * 5.6} y="9.5" width="1.7" height="6" className="fill-brass" />
        ))}
        {/* The processor, in the colour of its heat, and the memory beside it */}
        <path d="M153 21 H180 L183.6 36 H150.6 Z" className={cn(chip[heat], 'transition-[fill] duration-700')} />
        <path d="M153 21 H180 L181 25 H152.3 Z" className="fill-white/35" />
        {/* The screw holes */}
        {[
          [45, 20],
          [195, 20],
        ].map(([cx, cy]) => (
          <ellipse key={cx} cx={cx} cy={cy} rx="3.4" ry="1.8" className="fill-brass" />
        ))}
        <Jack lit={lit} address={address} cpu={cpu} />
        <Usb x={78} inside="fill-usb3" />
        <Usb x={112} inside="fill-part" />
      </g>
      {primary && (
        <path
          d="M43 12 H197 Q200 12 201.6 14.6 L221 54 Q222 59 219 59 H21 Q18 59 19 54 L38.4 14.6 Q40 12 43 12 Z"
          className="fill-none stroke-primary"
          strokeWidth="2.4"
          strokeLinejoin="round"
        />
      )}
      <Led x={168} className={cn(powerLed[power], (power === 'booting' || busy) && 'animate-breathe')} glow />
      <Led
        x={184}
        className={cn(lit ? 'fill-led-good' : 'fill-led-off', lit && cpu !== null && motion.activity)}
        style={cpu === null ? undefined : { animationDuration: `${blink(cpu)}s` }}
      />
      <Led
        x={200}
        className={alarm === 'bad' ? 'fill-led-bad' : alarm === 'warn' ? 'fill-led-link' : 'fill-led-off'}
        glow={alarm !== null}
      />
    </svg>
  )
}

/** Seconds between two blinks: slow when idle, a flicker when busy. */
const blink = (cpu: number) => Math.round((2.4 - 2.1 * Math.min(1, cpu)) * 10) / 10

function Jack({ lit, address, cpu }: { lit: boolean; address: boolean; cpu: number | null }) {
  return (
    <g>
      {/* The cable, lit when the requests of all clients come in through it */}
      <path
        d="M46 66 C 30 76, 10 70, -14 76"
        className={cn('fill-none', address ? 'stroke-primary' : 'stroke-field/60')}
        strokeWidth={address ? 3.2 : 2.4}
        strokeLinecap="round"
      />
      <path d="M36 30 H63 L66 36 H31 Z" className="fill-white/55" />
      <rect x="30" y="35" width="38" height="30" rx="1.6" className="fill-metal" />
      <path d="M36 61 V48 H41 V44.5 H44 V41 H53 V44.5 H56 V48 H62 V61 Z" className="fill-hole" />
      <rect x="40" y="55" width="18" height="10" rx="1" className={address ? 'fill-primary' : 'fill-field'} />
      <rect x="32.5" y="37.5" width="5" height="3.2" rx="0.6" className={lit ? 'fill-led-good' : 'fill-led-off'} />
      <rect
        x="60.5"
        y="37.5"
        width="5"
        height="3.2"
        rx="0.6"
        className={cn(lit ? 'fill-led-link' : 'fill-led-off', lit && cpu !== null && motion.activity)}
        style={cpu === null ? undefined : { animationDuration: `${blink(cpu) * 0.8}s` }}
      />
    </g>
  )
}

function Usb({ x, inside }: { x: number; inside: string }) {
  return (
    <g>
      <path d={`M${x + 3} 28 H${x + 25} L${x + 29} 34 H${x - 1} Z`} className="fill-white/55" />
      <rect x={x - 1} y="33" width="30" height="32" rx="1.6" className="fill-metal" />
      {[36.5, 50.5].map((y) => (
        <g key={y}>
          <rect x={x + 2} y={y} width="24" height="11.5" rx="0.8" className="fill-hole" />
          <rect x={x + 4} y={y + 5.6} width="20" height="4" className={inside} />
        </g>
      ))}
    </g>
  )
}

function Led({
  x,
  className,
  style,
  glow,
}: {
  x: number
  className: string
  style?: React.CSSProperties | undefined
  glow?: boolean
}) {
  return (
    <g className={className} style={style}>
      {glow && <circle cx={x} cy="48" r="8" opacity="0.22" />}
      <rect x={x - 4} y="45.4" width="8" height="5.2" rx="1.2" />
    </g>
  )
}
