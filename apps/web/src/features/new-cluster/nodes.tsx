'use client'
import { PlugZap, Plus, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { testConnections } from './actions.ts'
import { readAddresses } from './addresses.ts'
import { wizard } from './copy.ts'
import type { StepProps } from './draft.ts'
import { addNodes, askedOf, type DraftNode, isShown, loginProblems, trusting, twins, withProposal } from './draft.ts'
import { LoginFields } from './login.tsx'
import { NodeRow } from './node-row.tsx'
import { failed, waiting } from './use-connection-tests.ts'

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
    const setTest = (testOf: (at: number) => DraftNode['test']) =>
      setNodes((nodes) =>
        nodes.map((node) => {
          const at = chosen.findIndex(({ key }) => key === node.key)
          return at < 0 ? node : { ...node, trusted: chosen[at]!.trusted, test: testOf(at) }
        }),
      )
    setTest(() => waiting())
    const answer = await testConnections({
      user: draft.user,
      port: Number(draft.port),
      nodes: chosen.map((node) => askedOf(draft, node)),
    }).catch(() => ({ ok: false as const, message: wizard.problems.lost, cure: wizard.problems.lostCure }))
    if (answer.ok) setTest((at) => waiting(answer.ids[at]))
    else setTest(() => failed(answer))
  }
  const trust = (chosen: DraftNode[]) => test(chosen.map(trusting))

  const untested = draft.nodes.filter((node) => node.test === null || node.test.state === 'failed')
  const shown = draft.nodes.filter(isShown)
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
                trust={() => void trust([node])}
              />
            ))}
          </ul>
          {shown.length > 0 && !twin ? (
            <Button variant="primary" className="justify-self-start" onClick={() => void trust(shown)}>
              <ShieldCheck aria-hidden />
              {wizard.trustAll(shown.length)}
            </Button>
          ) : null}
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
