/** What the agent of a node decides about a full card, and about an etcd that knows nothing of an app. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-agent-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const source = (name: string) => readFileSync(new URL(`./${name}.py`, import.meta.url), 'utf8')
const program = ['decide', 'agent/etcd', 'agent/slots', 'agent/disk', 'agent/memory'].map(source).join('\n')

async function ask<T>(code: string, input: unknown): Promise<T> {
  const script = `${program}\nimport sys\ngiven = json.load(sys.stdin)\n${code}`
  const env = {
    BRAMBLE_APPS_MEMORY: join(folder, 'serving.json'),
    BRAMBLE_APPS_HOMES: folder,
    BRAMBLE_APPS_ROOT: folder,
    BRAMBLE_APPS_UNITS: folder,
  }
  return JSON.parse(await must(['python3', '-I', '-c', script], { stdin: JSON.stringify(input), env })) as T
}

const giga = 1000 ** 3
interface Card {
  size?: number
  free: number
  homes: Record<string, number>
  calm?: Record<string, number>
  full?: Record<string, string>
  level?: number | null
}
const overfull = ({ size = 32 * giga, free, homes, calm = {}, full = {}, level = null }: Card) =>
  ask<Record<string, string>>(
    `print(json.dumps(overfull((given['size'], given['free']), given['homes'], given['calm'], given['full'], given['level'])))`,
    { size, free, homes, calm, full, level },
  )

it('stops an app that keeps more than its share, until it has deleted some', async () => {
  const homes = { blog: 3.9 * giga, shop: 4.1 * giga }
  expect(await overfull({ free: 20 * giga, homes })).toEqual({
    shop: expect.stringContaining('an app may keep 4000 MB'),
  })
  const full = { shop: 'full' }
  expect(Object.keys(await overfull({ free: 20 * giga, homes: { shop: 3.7 * giga }, full }))).toEqual(['shop'])
  expect(await overfull({ free: 20 * giga, homes: { shop: 3.5 * giga }, full })).toEqual({})
})

it('stops the app that grew when the card fills up, and the next one only when it goes on', async () => {
  const calm = { blog: 2 * giga, shop: 0.1 * giga }
  const homes = { blog: 2 * giga, shop: 0.9 * giga }
  const first = await overfull({ free: 0.9 * giga, homes, calm })
  expect(first).toEqual({ shop: expect.stringContaining('900 MB left, and this app keeps 900 MB') })
  // It is stopped, and its files are still there.
  expect(await overfull({ free: 0.89 * giga, homes, calm, full: first, level: 0.9 * giga })).toEqual(first)
  const both = await overfull({ free: 0.8 * giga, homes, calm, full: first, level: 0.9 * giga })
  expect(Object.keys(both).sort()).toEqual(['blog', 'shop'])
  expect(await overfull({ free: 1.1 * giga, homes, calm, full: both, level: 0.8 * giga })).toEqual(both)
  expect(await overfull({ free: 1.3 * giga, homes, calm, full: both, level: 0.8 * giga })).toEqual({})
})

it('stops no app when something else fills the card', async () =>
  expect(await overfull({ free: 0.1 * giga, homes: { blog: 1e6 } })).toEqual({}))

it('measures what an app keeps', async () => {
  const code = `import sys
disk = Disk(['blog', 'none'], lambda: None)
os.mkdir(HOMES + '/bramble-app-blog')
open(HOMES + '/bramble-app-blog/file', 'wb').write(b'x' * 3000000)
print(json.dumps(disk.measure()))`
  const sizes = await ask<Record<string, number>>(code, {})
  expect(Object.keys(sizes)).toEqual(['blog'])
  expect(sizes.blog).toBeGreaterThan(2_900_000)
})

const digest = (letter: string) => letter.repeat(64)
const serving = (generation: number, more: object = {}) => ({
  ...{ app: 'blog', generation, release: digest('a'), environment: digest('b'), slot: 'a', port: 20_000 },
  ...{ kind: 'python', processes: { web: 'x' }, nodes: ['pi-1', 'pi-2', 'pi-3'] },
  ...more,
})
const says = (generation: number, state = 'ready') => ({
  slots: { 'blog/a': { release: digest('a'), environment: digest('b'), generation, state } },
})

/** Records as read one after the other by the same node, which restarts before the last one. */
const remembered = (...read: object[]) =>
  ask<Record<string, { serving?: object; lost?: boolean }>>(
    `for one in given:
    seen = Memory().fill(one, 100)
print(json.dumps(seen))`,
    read.map((one) => ({ blog: one })),
  )

it('goes on with what served when etcd knows nothing of it, also after a restart of its own', async () => {
  expect(await remembered({})).toEqual({ blog: {} })
  expect(await remembered({ serving: serving(3) }, {})).toEqual({ blog: { serving: serving(3), lost: true } })
})

it('ends it when the app was removed, and does not remember it later', async () => {
  expect(await remembered({ serving: serving(3) }, { removed: true })).toEqual({ blog: { removed: true } })
  expect(await remembered({ serving: serving(3) }, { removed: true }, {})).toEqual({ blog: {} })
})

it('starts nothing and stops nothing on the word of its memory', async () => {
  const decided = (running: object) =>
    ask<string[][]>(
      `records = {'blog': {'serving': given['serving'], 'lost': True}}
running = {('blog', slot): tuple(one) for slot, one in given['running'].items()}
print(json.dumps(decide(records, 'pi-1', running, {('blog', '${digest('a')}', '${digest('b')}')}, set())))`,
      { serving: serving(3), running },
    )
  expect(await decided({})).toEqual([])
  expect(await decided({ a: [digest('c'), digest('b'), 20_000, 2] })).toEqual([])
})

it('writes a lost record again when most of its nodes agree, never an older one', async () => {
  const agreed = (reports: object, now = 200) =>
    ask<number[]>(
      `memory = Memory()
memory.fill({'blog': {'serving': given['serving']}}, 90)
memory.fill({'blog': {}}, 100)
print(json.dumps([one['generation'] for one in memory.agreed(given['reports'], given['now'])]))`,
      { serving: serving(3), reports, now },
    )
  expect(await agreed({ 'pi-1': says(3), 'pi-2': says(3) })).toEqual([3])
  expect(await agreed({ 'pi-1': says(3), 'pi-2': says(3) }, 120)).toEqual([])
  expect(await agreed({ 'pi-1': says(3) })).toEqual([])
  expect(await agreed({ 'pi-1': says(3), 'pi-2': says(3), 'pi-3': says(4) })).toEqual([])
  expect(await agreed({ 'pi-1': says(3), 'pi-2': says(3), 'pi-3': says(4, 'missing') })).toEqual([3])
})

it('leaves nothing of a removed app, and empty folders alone', async () => {
  const code = `systemctl = lambda *words, **_: ''
seen = []
for name in ('environments', 'releases'):
    os.makedirs(ROOT + '/blog/' + name)
seen.append(has_files('blog'))
open(ROOT + '/blog/environments/e', 'w').close()
os.makedirs(HOMES + '/bramble-app-blog/deep')
seen.append(has_files('blog'))
forget_app('blog')
print(json.dumps(seen + [has_files('blog')] + sorted(os.listdir(ROOT))))`
  expect(await ask<unknown[]>(code, {})).toEqual([false, true, false])
})
