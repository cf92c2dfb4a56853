'use client'
/** A Pi that is to be let in: one that runs, tested with its login, or one whose card is still to be written. */
import { Ipv4, NodeName } from '@bramble/cluster'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useCallback, useState, useTransition } from 'react'
import { testConnections } from '@/features/new-cluster/actions.ts'
import { freeName } from '@/features/new-cluster/addresses.ts'
import { wizard } from '@/features/new-cluster/copy.ts'
import {
  askedOf,
  type Draft,
  type DraftNode,
  emptyDraft,
  loginOf,
  loginProblems,
  trusting,
} from '@/features/new-cluster/draft.ts'
import { AddressField, NodeNameField } from '@/features/new-cluster/fields.tsx'
import { LoginFields } from '@/features/new-cluster/login.tsx'
import { NodeRow } from '@/features/new-cluster/node-row.tsx'
import { useNodeTests, waiting } from '@/features/new-cluster/use-connection-tests.ts'
import { planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/ui/tabs.tsx'
import { addPi, replacePi } from './actions.ts'
import { members } from './copy.ts'

interface ArrivalFormProps {
  cluster: string
  user: string
  port: number
  /** Names that a new Pi cannot have. */
  taken: string[]
  /** Null: it is one more. */
  replaces: { name: string; address: string; answers: boolean } | null
}

export function ArrivalForm(props: ArrivalFormProps) {
  const [client] = useState(() => new QueryClient())
  return (
    <QueryClientProvider client={client}>
      <Fields {...props} />
    </QueryClientProvider>
  )
}

type Problem = { message: string; cure?: string }

function Fields({ cluster, user, port, taken, replaces }: ArrivalFormProps) {
  const router = useRouter()
  const [draft, setDraft] = useState<Draft>(() => ({
    ...emptyDraft,
    user,
    port: String(port),
    nodes: [
      {
        key: 1,
        name: replaces?.name ?? freeName(taken),
        address: replaces?.address ?? '',
        roles: [],
        ownPassword: null,
        test: null,
        trusted: null,
      },
    ],
  }))
  const [typed, setTyped] = useState('')
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [pending, start] = useTransition()
  const update = useCallback((change: (draft: Draft) => Draft) => setDraft(change), [])
  useNodeTests(draft.nodes, update)
  const node = draft.nodes[0]!
  const flash = draft.way === 'flash'
  const found = { ...nodeProblems(node, taken), ...(flash ? {} : loginProblems(draft)) }
  const problems = tried ? found : {}
  const tested = node.test?.state === 'succeeded' && node.test.machine !== null
  const ready = Object.keys(found).length === 0 && (flash || tested) && (replaces === null || typed === node.name)
  const set = (next: DraftNode) =>
    update((was) => ({ ...was, nodes: [{ ...next, name: replaces?.name ?? next.name }] }))

  async function test(chosen: DraftNode) {
    setTried(true)
    if (Object.keys(found).length > 0) return
    set({ ...chosen, test: waiting() })
    const answer = await testConnections({
      user: draft.user,
      port: Number(draft.port),
      nodes: [askedOf(draft, chosen)],
    })
    if (answer.ok) set({ ...chosen, test: waiting(answer.ids[0]) })
    else {
      set({ ...chosen, test: null })
      setProblem(answer)
    }
  }

  function confirm() {
    setTried(true)
    if (!ready) return
    start(async () => {
      const { name, address } = node
      const hostKey = node.test?.fingerprint
      const arrival = { name, address, ...(flash || !hostKey ? {} : { hostKey, login: loginOf(draft, node) }) }
      const made = await (replaces ? replacePi({ cluster, node: arrival, typed }) : addPi({ cluster, node: arrival }))
      if (!made.ok) return setProblem(made)
      if (flash) return router.push(`/flash?cluster=${cluster}`)
      const planned = await planCluster({ cluster })
      router.push(planned.ok ? planPath(cluster, planned.run, 'provision') : `/clusters/${cluster}`)
    })
  }

  const words = replaces ? members.replace : members.add
  return (
    <div className="grid max-w-4xl gap-6">
      {replaces?.answers && (
        <Alert tone="warn" title={members.replace.danger(replaces.name)}>
          {members.replace.dangerText}
        </Alert>
      )}
      <Tabs
        value={draft.way}
        onValueChange={(value) => update((was) => ({ ...was, way: value === 'flash' ? 'flash' : 'adopt' }))}
        className="grid justify-items-start gap-4"
      >
        <TabsList aria-label={members.way}>
          <TabsTrigger value="adopt">{members.ways.adopt}</TabsTrigger>
          <TabsTrigger value="flash">{members.ways.flash}</TabsTrigger>
        </TabsList>
        <TabsContent value="adopt" className="grid w-full gap-6">
          <LoginFields {...{ draft, update, problems }} />
          <ul className="grid list-none">
            <NodeRow
              {...{ node, problems, change: set, remove: null }}
              test={() => void test(node)}
              trust={() => void test(trusting(node))}
            />
          </ul>
        </TabsContent>
        <TabsContent value="flash" className="grid w-full gap-4">
          <p className="max-w-prose text-muted text-sm">{members.flashText}</p>
          <div className="grid gap-4 sm:grid-cols-2">
            <NodeNameField value={node.name} error={problems['name-1']} onChange={(name) => set({ ...node, name })} />
            <AddressField
              label={wizard.address}
              value={node.address}
              error={problems['address-1']}
              onChange={(address) => set({ ...node, address, test: null, trusted: null })}
            />
          </div>
        </TabsContent>
      </Tabs>
      {problem && (
        <Alert tone="bad" title={problem.message}>
          {problem.cure}
        </Alert>
      )}
      {replaces && (
        <>
          <Alert tone="bad" title={members.replace.lost(replaces.name)}>
            {members.replace.lostText}
          </Alert>
          <Field label={members.typed(replaces.name)} className="max-w-sm">
            {(control) => (
              <Input {...control} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
            )}
          </Field>
        </>
      )}
      <div>
        <Button variant={replaces ? 'danger' : 'primary'} disabled={!ready} pending={pending} onClick={confirm}>
          {flash ? words.confirmFlash : words.confirm}
        </Button>
      </div>
    </div>
  )
}

function nodeProblems(node: DraftNode, taken: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  const name = NodeName.safeParse(node.name).error?.issues[0]?.message
  const address = Ipv4.safeParse(node.address).error?.issues[0]?.message
  if (name) found['name-1'] = name
  else if (taken.includes(node.name)) found['name-1'] = `Another Pi is called ${node.name}.`
  if (address) found['address-1'] = address
  return found
}
