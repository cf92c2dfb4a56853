import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { TooltipProvider } from '@/ui/tooltip.tsx'
import type { NodeTest } from './draft.ts'
import { NodeRow } from './node-row.tsx'

const fingerprint = `SHA256:${'A'.repeat(43)}`
const shown: NodeTest = {
  ...{ id: null, state: 'succeeded', fingerprint, machine: null, trouble: null },
}
const machine = { model: 'Raspberry Pi 4', codename: 'trixie', architecture: 'arm64', memory: 4e9, diskFree: 2e10 }

const html = (test: NodeTest) =>
  renderToStaticMarkup(
    <TooltipProvider>
      <NodeRow
        node={{ key: 1, name: 'pi-1', address: '192.168.1.21', roles: [], ownPassword: null, trusted: null, test }}
        problems={{}}
        change={() => undefined}
        remove={null}
        test={() => undefined}
        trust={() => undefined}
      />
    </TooltipProvider>,
  )

it('shows the host key and asks to compare it before anything secret is sent', () => {
  const text = html(shown)
  for (const part of [
    fingerprint,
    'Compare the host key',
    'No password or key has been sent yet',
    'Trust key and sign in',
  ])
    expect(text).toContain(part)
  expect(text).not.toContain('pinned')
})

it('shows who signed in, and that the key is pinned', () => {
  const text = html({ ...shown, machine: { ...machine, container: false } })
  for (const part of [fingerprint, 'Raspberry Pi 4', 'This key is pinned']) expect(text).toContain(part)
  expect(text).not.toContain('Trust')
})
