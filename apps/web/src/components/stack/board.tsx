/** A Raspberry Pi as it is seen on the shelf: port side to the front, with three lights that mean something. */

export type Light = 'good' | 'bad' | 'busy' | 'off'

export interface Lights {
  /** Did it answer when it was last asked? */
  power: Light
  /** How its last run ended. */
  run: Light
}

const glow: Record<Light, string> = {
  good: 'fill-led-good',
  bad: 'fill-led-bad',
  busy: 'fill-led-busy animate-breathe',
  off: 'fill-led-off',
}

/** Decorative: the same is said in words beside it. */
export function Board({ lights }: { lights: Lights }) {
  return (
    <svg viewBox="0 14 200 56" className="block h-auto w-full" aria-hidden="true" focusable="false">
      {/* Acrylic plate of the case */}
      <rect x="2" y="62" width="196" height="6" rx="2" className="fill-plate" />
      <rect x="2" y="62" width="196" height="1.2" rx="0.6" className="fill-white/40" />
      {/* Feet between plate and board */}
      <rect x="26" y="56" width="5" height="6" className="fill-brass" />
      <rect x="169" y="56" width="5" height="6" className="fill-brass" />
      {/* The circuit board */}
      <rect x="20" y="51" width="160" height="5" rx="1" className="fill-pcb" />
      <rect x="20" y="51" width="160" height="1.4" rx="0.7" className="fill-white/25" />
      {/* GPIO header behind: twelve of its pins */}
      <rect x="128" y="44" width="46" height="7" rx="1" className="fill-part" />
      {Array.from({ length: 12 }, (_, at) => (
        <rect key={at} x={129.6 + at * 3.7} y="36" width="1.5" height="8" className="fill-brass" />
      ))}
      <Jack lights={lights} />
      <Usb x={72} inside="fill-usb3" />
      <Usb x={100} inside="fill-part" />
      {/* Lights on the board: power and last run */}
      <Led x={136} light={lights.power} />
      <Led x={150} light={lights.run} />
    </svg>
  )
}

function Jack({ lights }: { lights: Lights }) {
  const linked = lights.power === 'good'
  return (
    <g>
      <rect x="32" y="23" width="34" height="28" rx="2" className="fill-metal" />
      <rect x="32" y="23" width="34" height="2" rx="1" className="fill-white/50" />
      <path d="M38 47 V34 H43 V31 H46 V28 H52 V31 H55 V34 H60 V47 Z" className="fill-hole" />
      <rect x="35" y="26.5" width="5" height="3.4" rx="0.6" className={linked ? glow.good : glow.off} />
      <rect
        x="58"
        y="26.5"
        width="5"
        height="3.4"
        rx="0.6"
        className={lights.run === 'busy' ? glow.busy : linked ? 'fill-led-link' : glow.off}
      />
    </g>
  )
}

function Usb({ x, inside }: { x: number; inside: string }) {
  return (
    <g>
      <rect x={x} y="21" width="24" height="30" rx="1.6" className="fill-metal" />
      <rect x={x} y="21" width="24" height="2" rx="1" className="fill-white/50" />
      {[25, 38].map((y) => (
        <g key={y}>
          <rect x={x + 3} y={y} width="18" height="10" rx="0.8" className="fill-hole" />
          <rect x={x + 4.5} y={y + 5} width="15" height="3.4" className={inside} />
        </g>
      ))}
    </g>
  )
}

function Led({ x, light }: { x: number; light: Light }) {
  const lit = light !== 'off'
  return (
    <g>
      {lit && <circle cx={x} cy="47.6" r="6" className={`${glow[light]} opacity-25`} />}
      <rect x={x - 3.2} y="45.4" width="6.4" height="4.4" rx="1" className={glow[light]} />
    </g>
  )
}
