import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'

/** The frame of the screens before the shell: a card at the middle, and the stack as a quiet picture beside it. */
export function Entrance({ title, lead, children }: { title: string; lead?: string; children?: ReactNode }) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <div className="grid place-items-center px-5 py-16">
        <div className="grid w-full max-w-sm gap-6">
          <div className="grid justify-items-start gap-4">
            <Mark className="size-12" />
            <h1 className="font-semibold text-2xl leading-tight">{title}</h1>
            {lead ? <p className="text-muted">{lead}</p> : null}
          </div>
          {children}
        </div>
      </div>
      <div className="hidden place-items-center overflow-hidden border-border border-l bg-sunken lg:grid" aria-hidden>
        <Shelf />
      </div>
    </div>
  )
}

const boards = [
  { y: 120, roles: ['HAProxy', 'VIP'], lead: true },
  { y: 210, roles: ['etcd', 'PostgreSQL'], lead: false },
  { y: 300, roles: ['etcd', 'PostgreSQL'], lead: false },
  { y: 390, roles: ['etcd', 'PostgreSQL'], lead: false },
]

/** Four Pis on stand-offs with one cable in: what the product is about, without a word. */
function Shelf() {
  return (
    <svg viewBox="0 0 520 520" className="w-[min(34rem,88%)]" focusable="false" role="presentation">
      <path d="M20 152 H112" className="stroke-primary" strokeWidth="3" strokeLinecap="round" />
      <circle cx="20" cy="152" r="6" className="fill-primary" />
      {boards.slice(1).map((board) => (
        <path
          key={board.y}
          d={`M420 152 C 482 152 482 ${board.y + 32} 420 ${board.y + 32}`}
          fill="none"
          className="stroke-primary/45"
          strokeWidth="2"
          strokeDasharray="2 7"
          strokeLinecap="round"
        />
      ))}
      {[132, 388].map((x) => (
        <rect key={x} x={x} y="100" width="6" height="352" rx="3" className="fill-brass" />
      ))}
      {boards.map((board) => (
        <g key={board.y} transform={`translate(112 ${board.y})`}>
          <rect width="308" height="64" rx="9" className="fill-pcb" />
          <rect x="0.75" y="0.75" width="306.5" height="62.5" rx="8.5" fill="none" className="stroke-black/15" />
          <rect x="56" y="10" width="96" height="8" rx="2" className="fill-part" />
          {Array.from({ length: 12 }, (_, at) => 60 + at * 7.6).map((x) => (
            <rect key={x} x={x} y="12" width="3" height="4" className="fill-brass" />
          ))}
          <rect x="76" y="26" width="30" height="30" rx="3" className="fill-part" />
          <rect x="82" y="32" width="18" height="18" rx="2" className="fill-metal" />
          <rect x="120" y="30" width="20" height="22" rx="2" className="fill-part" />
          <rect x="236" y="8" width="60" height="22" rx="3" className="fill-metal" />
          <rect x="240" y="12" width="52" height="14" rx="1.5" className="fill-hole" />
          <rect x="236" y="34" width="60" height="22" rx="3" className="fill-metal" />
          <rect x="240" y="38" width="52" height="14" rx="1.5" className="fill-hole" />
          <circle cx="40" cy="18" r="4" className="fill-led-good" />
          <circle cx="40" cy="32" r="4" className={board.lead ? 'fill-primary' : 'fill-led-good'} />
          <circle cx="40" cy="46" r="4" className="fill-led-link" />
          {board.roles.map((role, at) => (
            <text key={role} x="160" y={28 + at * 20} className="fill-white font-mono text-[12px]" opacity="0.92">
              {role}
            </text>
          ))}
        </g>
      ))}
      <rect x="84" y="452" width="364" height="10" rx="5" className="fill-plate" />
    </svg>
  )
}
