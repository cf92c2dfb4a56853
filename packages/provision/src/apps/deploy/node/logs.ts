/** The log of an app: all its processes on all its nodes, in the order of time. */
import { readFileSync } from 'node:fs'
import { type ClusterSpec, type NodeSpec, staying } from '@bramble/cluster'
import { z } from 'zod'
import type { Fleet, Talk } from '../../../engine/transport.ts'
import { Trouble } from '../../../engine/types.ts'
import { jsonLine } from './json-line.ts'

const script = readFileSync(new URL('./logs.py', import.meta.url), 'utf8')
const argv = ['python3', '-I', '-u', '-c', script]

const Told = z.object({ at: z.number().min(0).max(8.64e18), unit: z.string(), text: z.string() })

export interface AppLogLine {
  node: string
  /** ISO, of the clock of the node. */
  at: string
  /** Of the process; null: of a command. */
  slot: 'a' | 'b' | null
  /** Name of the process, or `release`, `command`. */
  process: string
  text: string
}

export interface AppLogsInput {
  spec: ClusterSpec
  fleet: Fleet
  app: string
  /** Of each node, the newest ones. */
  lines: number
  /** ISO. */
  since?: string
  signal: AbortSignal
}

/** Nodes that do not answer are named beside the lines. */
export async function appLogs(input: AppLogsInput): Promise<{ lines: AppLogLine[]; away: string[] }> {
  const { fleet, signal } = input
  const away: string[] = []
  const all = await Promise.all(
    nodesOf(input).map(async (node) => {
      try {
        const transport = await fleet.connect(node, signal)
        const stdin = `${JSON.stringify(asked(input, false))}\n`
        const { stdout } = await transport.exec(argv, { as: 'root', stdin, timeout: 60_000, signal })
        return stdout.split('\n').flatMap((line) => lineOf(node, line) ?? [])
      } catch (error) {
        if (signal.aborted || !(error instanceof Trouble)) throw error
        away.push(node.name)
        return []
      }
    }),
  )
  return { lines: all.flat().sort((a, b) => a.at.localeCompare(b.at)), away }
}

/**
 * The newest lines, then each as it comes, until the signal ends it or no node is left. A node that is lost is named.
 * `onNewest`: the newest lines of every node that can be reached have come; what follows is new.
 */
export async function followAppLogs(
  input: AppLogsInput & {
    onLine: (line: AppLogLine) => void
    onAway: (node: string) => void
    onNewest?: () => void
  },
): Promise<void> {
  const { fleet, signal, onLine, onNewest } = input
  const nodes = nodesOf(input)
  const awaited = new Set(nodes.map(({ name }) => name))
  const newestOf = (node: string) => {
    if (awaited.delete(node) && awaited.size === 0) onNewest?.()
  }
  const onAway = (node: string) => {
    input.onAway(node)
    newestOf(node)
  }
  await Promise.all(
    nodes.map(async (node) => {
      let talk: Talk | undefined
      const close = () => talk?.close()
      try {
        const transport = await fleet.connect(node, signal)
        talk = await transport.talk(argv, {
          as: 'root',
          onLine: (text) => {
            const line = lineOf(node, text)
            if (line) onLine(line)
            else newestOf(node.name)
          },
        })
        signal.addEventListener('abort', close, { once: true })
        talk.say(`${JSON.stringify(asked(input, true))}\n`)
        if (signal.aborted) close()
        await talk.ended
        if (!signal.aborted) onAway(node.name)
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof Trouble)) throw error
        onAway(node.name)
      } finally {
        signal.removeEventListener('abort', close)
      }
    }),
  )
}

const nodesOf = ({ spec }: AppLogsInput) => staying(spec).nodes.filter(({ roles }) => roles.includes('web'))

const asked = ({ app, lines, since }: AppLogsInput, follow: boolean) => ({ app, lines, since, follow })

export function lineOf(node: Pick<NodeSpec, 'name'>, text: string): AppLogLine | null {
  const told = jsonLine(Told, text)
  if (!told) return null
  const at = new Date(told.at / 1000).toISOString()
  const process = /^([ab])@([a-z][a-z0-9_-]*)\.service$/.exec(told.unit)
  if (process) return { node: node.name, at, slot: process[1] as 'a' | 'b', process: process[2]!, text: told.text }
  return { node: node.name, at, slot: null, process: told.unit.split('-')[0]!, text: told.text }
}
