/** HAProxy's runtime socket as far as Bramble talks to it, with the answers' form of HAProxy 3.0: for unit tests only. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type HaproxyService, serviceOf } from '@bramble/cluster'
import type { Transport } from '../src/engine/transport.ts'
import { machineWith } from './machine.ts'

export interface PlayedServer {
  backend: string
  server: string
  /** By its checks. */
  up: boolean
  asked: 'ready' | 'drain' | 'maint'
  sessions: number
}

export interface PlayedHaproxy {
  servers: PlayedServer[]
  /** All that was said to it, but for questions. */
  said: string[]
  one: boolean
  /** The way to its node. */
  transport: Transport
  silence(service: HaproxyService): Promise<void>
  stop(): Promise<void>
}

/** `one`: a single HAProxy has all backends, as on a balancer that an older Bramble made. */
export async function playHaproxy(servers: PlayedServer[], one = false): Promise<PlayedHaproxy> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bramble-haproxy-'))
  const played: PlayedHaproxy = {
    servers,
    said: [],
    one,
    transport: machineWith({ BRAMBLE_HAPROXY_RUN: folder }),
    silence: (service) => close(listening[service === 'web' ? 0 : 1]),
    stop: async () => {
      for (const server of listening) await close(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
  const listening = (['web', 'postgres'] as const).map((service) =>
    createServer((link) => {
      link.on('error', () => undefined)
      link.once('data', (data) => link.end(`${answer(played, service, String(data).trim())}\n`))
    }),
  )
  const listen = (server: Server | undefined, name: string) =>
    new Promise<void>((resolve) => server?.listen(path.join(folder, name), resolve))
  await listen(listening[0], 'admin.sock')
  if (!one) await listen(listening[1], 'postgres.sock')
  return played
}

const close = (server?: Server) => new Promise<void>((resolve) => server?.close(() => resolve()))

function answer({ servers: all, said, one }: PlayedHaproxy, service: HaproxyService, command: string): string {
  const servers = all.filter(({ backend }) => one || serviceOf(backend) === service)
  if (command === 'show stat -1 4 -1')
    return ['# pxname,svname,scur,status,check_status,last_chk,type,', ...servers.map(statRow)].join('\n')
  if (command === 'show servers state') return ['1', '# be_id be_name …', ...servers.map(stateRow)].join('\n')
  said.push(command)
  const set = /^set server (\S+)\/(\S+) state (ready|drain|maint)$/.exec(command)
  const cut = /^shutdown sessions server (\S+)\/(\S+)$/.exec(command)
  const found = servers.find(({ backend, server }) => backend === (set ?? cut)?.[1] && server === (set ?? cut)?.[2])
  if (!found) return 'No such server.'
  if (set) found.asked = set[3] as PlayedServer['asked']
  else found.sessions = 0
  return ''
}

/** Of a server that is down the statistics do not say that it is drained. */
function statRow({ backend, server, up, asked, sessions }: PlayedServer): string {
  const status = asked === 'maint' ? 'MAINT' : !up ? 'DOWN' : asked === 'drain' ? 'DRAIN' : 'UP'
  return `${backend},${server},${sessions},${status},${up ? 'L7OK' : 'L4CON'},"${up ? 'OK, 200' : 'Connection refused'}",2,`
}

function stateRow({ backend, server, up, asked }: PlayedServer): string {
  return `3 ${backend} 1 ${server} 192.0.2.12 ${up ? 2 : 0} ${{ ready: 0, maint: 1, drain: 8 }[asked]} 1 1 6 15 3 4 6 0 0 0 - 8000 - 0 0 - - 0`
}
