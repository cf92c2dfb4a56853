'use client'
import { PlugZap, Plus } from 'lucide-react'
import { useState } from 'react'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Textarea } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { wizard } from '@/copy/wizard.ts'
import { testConnections } from './actions.ts'
import { readAddresses } from './addresses.ts'
import type { StepProps } from './draft.ts'
import { addNodes, type DraftNode, loginOf, loginProblems, twins, withProposal } from './draft.ts'
import { LoginFields } from './login.tsx'
import { NodeRow } from './node-row.tsx'
import { waiting } from './tests.ts'

/** Step 2: the Pis that already run are adopted by address and login, and show who they are. */
export function Nodes({ draft, update, problems }: StepProps) {
  const [pasted, setPasted] = useState('')
  const [unread, setUnread] = useState<string[]>([])
  const [loginErrors, setLoginErrors] = useState<Record<string, string>>({})

  const add = () => {
    const { nodes, problems } = readAddresses(pasted)
    setUnread(pasted.trim() && nodes.length === 0 && problems.length === 0 ? [wizard.problems.noNodes] : problems)
    update((was) => addNodes(was, nodes))
    if (problems.length === 0) setPasted('')
  }

  const setNodes = (change: (nodes: DraftNode[]) => DraftNode[]) =>
    update((was) => {
      const nodes = change(was.nodes)
      return nodes.length === was.nodes.length ? { ...was, nodes } : withProposal({ ...was, nodes })
    })

  const test = async (chosen: DraftNode[]) => {
    const errors = loginProblems(draft)
    setLoginErrors(errors)
    if (Object.keys(errors).length > 0 || chosen.length === 0) return
    const keys = chosen.map((node) => node.key)
    const setTest = (testOf: (key: number) => DraftNode['test']) =>
      setNodes((nodes) => nodes.map((node) => (keys.includes(node.key) ? { ...node, test: testOf(node.key) } : node)))
    setTest(() => waiting)
    const answer = await testConnections({
      user: draft.user,
      port: Number(draft.port),
      nodes: chosen.map((node) => ({ address: node.address, login: loginOf(draft, node) })),
    }).catch(() => ({ ok: false as const, message: wizard.problems.lost, cure: wizard.problems.lostCure }))
    if (answer.ok) setTest((key) => ({ ...waiting, id: answer.ids[keys.indexOf(key)] ?? null }))
    else setTest(() => ({ ...waiting, state: 'failed', trouble: answer }))
  }

  const untested = draft.nodes.filter((node) => node.test === null || node.test.state === 'failed')
  const twin = twins(draft)
  return (
    <div className="grid gap-7">
      <LoginFields draft={draft} update={update} problems={{ ...loginErrors, ...problems }} />
      <div className="grid gap-3">
        <Field label={wizard.addresses} hint={wizard.addressesHint} error={unread.join(' ') || undefined}>
          {(control) => (
            <div className="grid gap-2 sm:grid-cols-[1fr_auto] sm:items-start">
              <Textarea
                {...control}
                rows={2}
                value={pasted}
                placeholder="192.168.1.21-24"
                spellCheck={false}
                className="numeric min-h-10 font-mono"
                onChange={(event) => setPasted(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' || event.shiftKey) return
                  event.preventDefault()
                  add()
                }}
              />
              <Button onClick={add}>
                <Plus aria-hidden />
                {wizard.add}
              </Button>
            </div>
          )}
        </Field>
      </div>
      {draft.nodes.length === 0 ? (
        <p className="rounded-lg border border-border border-dashed px-4 py-8 text-center text-muted text-sm">
          {wizard.noNodes}
        </p>
      ) : (
        <div className="grid gap-3">
          <ul className="grid gap-3" aria-label={wizard.steps.nodes}>
            {draft.nodes.map((node) => (
              <NodeRow
                key={node.key}
                node={node}
                problems={problems}
                change={(next) => setNodes((nodes) => nodes.map((entry) => (entry.key === node.key ? next : entry)))}
                remove={() => setNodes((nodes) => nodes.filter((entry) => entry.key !== node.key))}
                test={() => void test([node])}
              />
            ))}
          </ul>
          {untested.length > 0 ? (
            <Button variant="primary" className="justify-self-start" onClick={() => void test(untested)}>
              <PlugZap aria-hidden />
              {wizard.testAll(untested.length)}
            </Button>
          ) : null}
        </div>
      )}
      {twin ? (
        <Alert tone="bad" title={twin.message}>
          {twin.cure}
        </Alert>
      ) : problems.nodes ? (
        <Alert tone="warn" title={problems.nodes} />
      ) : null}
    </div>
  )
}
