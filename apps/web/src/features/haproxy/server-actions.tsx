'use client'
/** Drain, maintenance, ready: what an operator can do with a server of a backend. */
import type { BackendName, ServerState, SwitchState } from '@bramble/cluster'
import { CircleCheck, EllipsisVertical, Hourglass, Wrench } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownLabel, DropdownTrigger } from '@/ui/dropdown.tsx'
import { serverSwitch as words } from './switch/copy.ts'
import { SwitchDialog } from './switch-dialog.tsx'

export interface ServerActionsProps {
  /** Name of the cluster. */
  cluster: string
  backend: BackendName
  server: string
  status: ServerState['status']
  /** It is down, and drained besides. */
  drained?: boolean | undefined
  /** False: the menu shows the states, each with the reason why it cannot be chosen. */
  canOperate: boolean
  /** No other server of the backend takes sessions: taking this one out is confirmed by typing its name. */
  lastUp: boolean
}

const icons = { ready: CircleCheck, drain: Hourglass, maint: Wrench }

export function ServerActions({ cluster, backend, server, status, drained, canOperate, lastUp }: ServerActionsProps) {
  const [asked, setAsked] = useState<SwitchState | null>(null)
  return (
    <>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={words.menu(server, backend)}>
            <EllipsisVertical aria-hidden />
          </Button>
        </DropdownTrigger>
        <DropdownContent className="w-72">
          <DropdownLabel>
            {server} · {backend}
          </DropdownLabel>
          {(['ready', 'drain', 'maint'] as const).map((state) => {
            const Icon = icons[state]
            const reason = !canOperate
              ? words.viewer
              : holds(status, drained ?? false, state)
                ? words.already[state]
                : null
            return (
              <DropdownItem
                key={state}
                disabled={reason !== null}
                onSelect={() => setAsked(state)}
                className="items-start"
              >
                <Icon aria-hidden className="mt-0.5 shrink-0" />
                <span className="grid gap-0.5">
                  <span className="font-medium">{words.states[state].label}</span>
                  <span className="text-muted text-xs">{reason ?? words.states[state].does}</span>
                </span>
              </DropdownItem>
            )
          })}
        </DropdownContent>
      </Dropdown>
      {asked && (
        <SwitchDialog
          {...{ cluster, backend, server, status, lastUp }}
          key={asked}
          state={asked}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}

/** What a person said last; whether its checks succeed is another matter. */
const holds = (status: ServerState['status'], drained: boolean, state: SwitchState): boolean =>
  (status === 'drain' || status === 'maint' ? status : drained ? 'drain' : 'ready') === state
