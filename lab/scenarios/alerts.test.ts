/**
 * Every alert that a lab can raise, by its real cause on a real cluster, told to a real HTTP and a real SMTP server, and told
 * to be over. Not here: clocks that are off, worn and read-only cards, a full store of etcd; a container has none of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { conditionsOf, type RuleName, type RuleSetting } from '@bramble/cluster'
import { changeRule, countOpenAlerts, listAlerts } from '@bramble/db/alerts'
import { listTimeline, readWatch } from '@bramble/db/metrics'
import { getPlan, getRun, requestRun } from '@bramble/db/runs'
import { planned } from '@bramble/db/test/clusters'
import { useDatabase } from '@bramble/db/test/database'
import { deliverAlerts } from '@bramble/worker/alerts'
import { workOnRun } from '@bramble/worker/runs'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { board, cut, heal, powerOff, powerOn } from '../src/index.ts'
import { Alarm, type Cause } from './alarm.ts'
import { eventually, openStage, type Stage } from './stage.ts'
import { type Watched, watchStage } from './watched.ts'

const minute = 60_000
const by = 'ada@example.org'
useDatabase()
const lab = 38
let stage: Stage
let watched: Watched
let alarm: Alarm
const ending = new AbortController()
const sending: Promise<void>[] = []

beforeAll(async () => {
  stage = await openStage({ id: lab, nodes: 3, certificatesUntil: new Date(Date.now() + 20 * 86_400_000) })
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
  await stage.allCopies()
  watched = await watchStage(stage)
  for (const [rule, setting] of Object.entries(quick))
    await changeRule({ cluster: stage.spec.name, rule: rule as RuleName, setting, by })
  alarm = await Alarm.open(stage.spec.name)
  for (const owner of ['first', 'second']) sending.push(deliverAlerts(owner, 'http://bramble.example', ending.signal))
  watched.begin('first')
}, 10 * minute)
afterAll(async () => {
  console.log(`\n${alarm?.table()}\n`)
  await watched?.end()
  ending.abort()
  await Promise.all(sending)
  await alarm?.close()
  await stage?.close()
}, 3 * minute)

/** What takes hours or gigabytes at home is raised by less here; and nobody waits minutes to be sure. */
const quick: Partial<Record<RuleName, RuleSetting>> = {
  ...Object.fromEntries(
    (
      [
        ...['quorum-at-risk', 'quorum-lost', 'no-primary', 'read-only', 'vip-nowhere', 'vip-twice', 'backend-down'],
        ...['server-down', 'site-errors', 'replica-missing', 'failover-paused', 'connections-near-max', 'disk-full'],
        ...['temperature', 'throttled', 'unit-failed', 'certificate-ending'],
      ] as RuleName[]
    ).map((rule) => [rule, { holds: 5 }]),
  ),
  memory: { holds: 5 },
  'long-transaction': { thresholds: { seconds: 5 } },
  'replica-lag': { holds: 5, thresholds: { bytes: 1e6 } },
  'slot-retains-wal': { holds: 5, thresholds: { bytes: 1e6 } },
}

const names = () => stage.spec.nodes.map(({ name }) => name)
const on = (node: string, ...argv: string[]) => stage.on(node, ...argv)
const onAll = (...argv: string[]) => Promise.all(names().map((name) => on(name, ...argv)))
const sql = (node: string, text: string, database = 'postgres') =>
  on(node, 'runuser', '-u', 'postgres', '--', 'psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text)

/** All is as it should be: nothing is found any more. */
const calm = () =>
  eventually(120, async () => {
    const found = conditionsOf({ spec: stage.spec, watch: await watched.seen(), now: new Date() })
    const wrong = found.filter(({ rule, level }) => level !== 'info' && !lasting.includes(rule))
    if (wrong.length > 0) throw new Error(wrong.map(({ words }) => words).join(' '))
  })
/** These stay until the last phases. */
const lasting: RuleName[] = ['certificate-ending', 'card-errors']

async function roles(): Promise<{ primary: string; replicas: string[]; holder: string; standby: string }> {
  const primary = await stage.primary()
  const { states } = await watched.seen()
  const holder = states.find(({ machine }) => machine?.addresses.includes(stage.spec.vip))!.node
  const standby = stage.spec.nodes.find(({ name, roles }) => roles.includes('balancer') && name !== holder)!.name
  return { primary, replicas: names().filter((name) => name !== primary), holder, standby }
}

it(
  'boards, sessions, slots, memory, disk',
  async () => {
    await eventually(60, async () => expect((await watched.seen()).states).toHaveLength(3))
    const { primary, standby } = await roles()
    const sleeper = new pg.Client(stage.database(5000))
    sleeper.on('error', () => undefined)
    const crowd: pg.Client[] = []
    const calmBoard = (node: string) => () => board({ id: lab, node, change: null })
    await alarm.play(
      {
        ...{ rule: 'certificate-ending', what: 'certificates that end in 20 days', node: 'pi-1' },
        begin: async () => undefined,
      },
      {
        ...{ rule: 'temperature', what: 'the board of pi-1 at 86 °C', node: 'pi-1' },
        begin: () => board({ id: lab, node: 'pi-1', change: { temperature: 86 } }),
        end: calmBoard('pi-1'),
      },
      {
        ...{ rule: 'undervoltage', what: 'a weak supply of pi-2', node: 'pi-2' },
        begin: () => board({ id: lab, node: 'pi-2', change: { undervoltage: true } }),
        end: calmBoard('pi-2'),
      },
      {
        ...{ rule: 'throttled', what: 'pi-3 slowed down by its firmware', node: 'pi-3' },
        begin: () => board({ id: lab, node: 'pi-3', change: { throttled: true, cardErrors: 3 } }),
        end: calmBoard('pi-3'),
      },
      {
        ...{ rule: 'card-errors', what: 'three read errors of the card of pi-3', node: 'pi-3' },
        begin: async () => undefined,
      },
      {
        ...{ rule: 'long-transaction', what: 'a transaction that nobody commits', node: primary },
        begin: async () => {
          await sleeper.connect()
          await sleeper.query('begin')
          await sleeper.query('select 1')
        },
        end: () => sleeper.end(),
      },
      {
        ...{ rule: 'connections-near-max', what: '34 clients of 40', node: primary },
        begin: async () => {
          for (let at = 0; at < 34; at++) {
            const client = new pg.Client(stage.database(5000))
            client.on('error', () => undefined)
            // The last ones may be refused: then it is fuller than it had to be.
            if (
              await client.connect().then(
                () => true,
                () => false,
              )
            )
              crowd.push(client)
          }
        },
        end: () => Promise.all(crowd.map((client) => client.end())),
      },
      {
        ...{ rule: 'slot-retains-wal', what: 'a slot left behind', node: primary, subject: 'forgotten' },
        begin: async () => {
          await sql(primary, `select pg_create_physical_replication_slot('forgotten', true)`)
          await sql(primary, 'create table if not exists filler as select generate_series(1, 20000) as n')
          await sql(primary, 'select pg_switch_wal()')
        },
        end: () => sql(primary, `select pg_drop_replication_slot('forgotten')`),
      },
      await memoryEaten('pi-2'),
      await diskFilled('pi-3'),
      {
        ...{
          rule: 'unit-failed',
          what: `keepalived killed on ${standby}`,
          node: standby,
          subject: 'keepalived.service',
        },
        begin: () => on(standby, 'systemctl', 'kill', '--signal', 'KILL', '--kill-whom', 'all', 'keepalived'),
        end: () => on(standby, 'systemctl', 'restart', 'keepalived'),
      },
      {
        ...{ rule: 'reboot-required', what: 'an update of pi-1 that wants a reboot', node: 'pi-1' },
        begin: () => on('pi-1', 'touch', '/run/reboot-required'),
        end: () => on('pi-1', 'rm', '/run/reboot-required'),
      },
    )
  },
  5 * minute,
)

/** The threshold is set above what it uses, and a real program crosses it. */
async function memoryEaten(node: string): Promise<Cause> {
  const { memoryUsed, memoryTotal } = (await watched.node(node)).machine!
  const thresholds = { used: Math.round((memoryUsed + 0.12) * 100) / 100 }
  await changeRule({ cluster: stage.spec.name, rule: 'memory', setting: { holds: 5, thresholds }, by })
  const bytes = Math.round(memoryTotal * 0.25)
  const eater = `import time; held = b'x' * ${bytes}; time.sleep(600)`
  return {
    ...{ rule: 'memory', what: `a program on ${node} that takes a quarter of its RAM`, node },
    begin: () => on(node, 'systemd-run', '--quiet', '--unit', 'eater', 'python3', '-c', eater),
    end: () => on(node, 'systemctl', 'stop', 'eater'),
  }
}

/** The disks of a lab are folders of this machine's: the threshold is set above what it uses, and a real file crosses it. */
async function diskFilled(node: string): Promise<Cause> {
  const { diskFree, diskTotal } = (await watched.node(node)).machine!
  const used = 1 - diskFree / diskTotal
  const thresholds = { warning: Math.min(0.98, used + 0.02), critical: 0.999 }
  await changeRule({ cluster: stage.spec.name, rule: 'disk-full', setting: { holds: 5, thresholds }, by })
  return {
    ...{ rule: 'disk-full', what: `a file that fills the disk of ${node}`, node },
    begin: () => on(node, 'fallocate', '-l', String(Math.round(diskTotal * 0.045)), '/var/tmp/filler'),
    end: () => on(node, 'rm', '/var/tmp/filler'),
  }
}

it(
  'the site',
  async () => {
    await calm()
    const { primary } = await roles()
    const site = stage.spec.database.name
    let visiting = true
    const visit = async () => {
      while (visiting) {
        await fetch(`${stage.site}api/visits`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
        await sleep(100)
      }
    }
    const visitors = [visit(), visit()]
    // The site makes its table at the first visit.
    await eventually(60, () => sql(primary, 'select from visits', site))
    await alarm.play({
      ...{ rule: 'site-errors', what: 'the site may not write its visits, under load', node: null },
      begin: () => sql(primary, `revoke insert on visits from ${stage.spec.database.user}`, site),
      end: () => sql(primary, `grant insert on visits to ${stage.spec.database.user}`, site),
    })
    await alarm.play({
      ...{ rule: 'server-down', what: 'the site stopped on pi-3', node: 'pi-3', subject: 'web' },
      begin: () => on('pi-3', 'systemctl', 'stop', 'bramble-site'),
      end: () => on('pi-3', 'systemctl', 'start', 'bramble-site'),
    })
    visiting = false
    await Promise.all(visitors)
  },
  5 * minute,
)

it(
  'the way to the cluster, and what the database does',
  async () => {
    await calm()
    const { primary, replicas, standby } = await roles()
    const [first, second] = replicas as [string, string]
    const paused = (word: 'pause' | 'resume') => () =>
      on(primary, 'patronictl', '-c', '/etc/patroni/config.yml', word, stage.spec.name)
    await alarm.play(
      {
        ...{ rule: 'backend-down', what: 'the site stopped everywhere', node: null, subject: 'web' },
        begin: () => onAll('systemctl', 'stop', 'bramble-site'),
        end: () => onAll('systemctl', 'start', 'bramble-site'),
      },
      {
        ...{ rule: 'vip-twice', what: `the virtual IP added to ${standby} by hand`, node: null },
        begin: () => on(standby, 'ip', 'address', 'add', `${stage.spec.vip}/24`, 'dev', 'eth0'),
        end: () => on(standby, 'ip', 'address', 'del', `${stage.spec.vip}/24`, 'dev', 'eth0'),
      },
      {
        ...{ rule: 'replica-lag', what: `the replay stuck on ${first}`, node: first },
        begin: async () => {
          await on(first, 'pkill', '-STOP', '-f', startup)
          await sql(primary, 'create table more as select generate_series(1, 60000) as n')
        },
        end: () => on(first, 'pkill', '-CONT', '-f', startup),
      },
      {
        ...{ rule: 'replica-missing', what: `Patroni stopped on ${second}`, node: second },
        begin: () => on(second, 'systemctl', 'stop', 'patroni'),
        end: () => on(second, 'systemctl', 'start', 'patroni'),
      },
    )
    await calm()
    await alarm.play(
      {
        ...{ rule: 'read-only', what: 'default_transaction_read_only turned on', node: primary },
        begin: () => setting(primary, 'on'),
        end: () => setting(primary, null),
      },
      { rule: 'failover-paused', what: 'Patroni paused', node: null, begin: paused('pause'), end: paused('resume') },
      {
        ...{ rule: 'vip-nowhere', what: 'keepalived stopped everywhere', node: null },
        begin: () => onBalancers('stop'),
        end: () => onBalancers('start'),
      },
    )
  },
  8 * minute,
)

/** The process that replays; written so that nobody who looks for it finds himself. */
const startup = '[s]tartup recovering'

const onBalancers = (word: 'start' | 'stop') =>
  Promise.all(
    stage.spec.nodes
      .filter(({ roles }) => roles.includes('balancer'))
      .map(({ name }) => on(name, 'systemctl', word, 'keepalived')),
  )

async function setting(primary: string, value: string | null): Promise<void> {
  const name = 'default_transaction_read_only'
  // The session itself obeys the setting that it is to take back.
  await sql(primary, value ? `alter system set ${name} = ${value}` : `alter system reset ${name}`)
  await sql(primary, 'select pg_reload_conf()')
}

it(
  'the vote and the primary',
  async () => {
    await calm()
    const etcd = (word: 'start' | 'stop', ...nodes: string[]) =>
      Promise.all(nodes.map((node) => on(node, 'systemctl', word, 'etcd')))
    await alarm.play({
      ...{ rule: 'quorum-at-risk', what: 'etcd stopped on pi-3', node: null },
      begin: () => etcd('stop', 'pi-3'),
    })
    await alarm.play({
      ...{ rule: 'quorum-lost', what: 'etcd stopped on pi-2 too', node: null },
      begin: () => etcd('stop', 'pi-2'),
      end: () => etcd('start', 'pi-2', 'pi-3'),
    })
    await calm()
    await alarm.play({
      ...{ rule: 'no-primary', what: 'Patroni stopped on all', node: null },
      begin: () => onAll('systemctl', 'stop', 'patroni'),
      end: () => onAll('systemctl', 'start', 'patroni'),
    })
  },
  8 * minute,
)

it(
  'power and cable',
  async () => {
    await calm()
    await stage.allCopies()
    await alarm.play({
      ...{ rule: 'node-down', what: 'the power of pi-3 off', node: 'pi-3' },
      begin: () => powerOff({ id: lab, node: 'pi-3' }),
      end: () => powerOn({ id: lab, node: 'pi-3' }),
    })
    await calm()
    await stage.allCopies()
    await alarm.play({
      ...{ rule: 'node-down', what: 'the network cable of pi-2 pulled', node: 'pi-2' },
      begin: () => cut({ id: lab, node: 'pi-2' }),
      end: () => heal({ id: lab, node: 'pi-2' }),
    })
  },
  8 * minute,
)

it(
  'a run that fails, and the run that mends it',
  async () => {
    await calm()
    await stage.allCopies()
    const cluster = stage.spec.name
    const work = async (request: Parameters<typeof requestRun>[0]['request']) => {
      const id = await requestRun({ cluster, request, by })
      await workOnRun(id, 'worker', new Map(), { received: '/nonexistent', releases: '/nonexistent' })
      return id
    }
    await alarm.play({
      ...{ rule: 'run-failed', what: 'a run whose plan is not the approved one', node: null },
      begin: async () => {
        const approved = 'e'.repeat(64)
        await planned(cluster, approved)
        await work({ kind: 'reprovision', approved })
      },
      // It renews the certificates, too: that is their cure.
      end: async () => {
        const plan = await getPlan(await work({ kind: 'plan' }))
        const id = await work({ kind: 'reprovision', approved: plan!.digest })
        expect((await getRun(id))!.status).toBe('succeeded')
      },
    })
    await alarm.recovered()
    // What came back in the meantime is over after five calm minutes.
    await eventually(400, async () => {
      const { alerts } = await listAlerts({ cluster, open: true })
      expect(alerts.filter(({ level }) => level !== 'info').map(({ rule, node }) => `${rule} ${node}`)).toEqual([])
    })
  },
  15 * minute,
)

it('all five kinds heard the same, once, and the timeline tells of it', async () => {
  const counts = alarm.counts()
  expect(new Set(Object.values(counts)).size, JSON.stringify(counts)).toBe(1)
  const events = await listTimeline({
    cluster: stage.spec.name,
    from: new Date(Date.now() - 60 * minute),
    to: new Date(),
  })
  const begun = events.filter(({ kind }) => kind === 'alert')
  expect(begun.length).toBeGreaterThan(20)
  expect(begun.filter(({ until }) => until === null)).toEqual([])
  expect(Object.values(await countOpenAlerts()).every(({ critical, warning }) => critical + warning === 0)).toBe(true)
})

it(
  'nobody watches: the page says so after half a minute',
  async () => {
    await watched.end()
    await eventually(60, async () => {
      const found = conditionsOf({ spec: stage.spec, watch: await readWatch(stage.spec.name), now: new Date() })
      expect(found[0]).toMatchObject({ rule: 'watching-stopped', level: 'critical' })
    })
  },
  2 * minute,
)
