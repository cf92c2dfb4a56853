/** Stops a long action of Bramble's on whichever node it runs, at a moment that a test can look at: its processes get SIGSTOP. */
import { eventually, type Stage } from './stage.ts'

/** argv: words of the command line; with "!" before: not in it. Prints the unit once a process in it fits, and the processes. */
const script = `
import glob, os, signal, sys, time
def processes(unit):
    with open(unit + '/cgroup.procs') as handle: return [int(line) for line in handle]
def words(pid):
    with open('/proc/%d/cmdline' % pid, 'rb') as handle: return handle.read().decode('utf-8', 'replace').split('\\0')
has, lacks = [{one.lstrip('!') for one in sys.argv[1:] if one.startswith('!') is no} for no in (False, True)]
while True:
    for unit in glob.glob('/sys/fs/cgroup/system.slice/bramble-*.service'):
        try:
            if any(has <= set(words(pid)) and not lacks & set(words(pid)) for pid in processes(unit)):
                for pid in processes(unit): os.kill(pid, signal.SIGSTOP)
                print(os.path.basename(unit), *processes(unit), flush=True)
                sys.exit()
        except OSError:
            pass
    time.sleep(0.005)
`
let holds = 0

export interface HeldCommand {
  node: string
  /** Name and InvocationID, as `runningUnit` says them. */
  unit: string
  release(): Promise<void>
}

/** Watches all nodes for a long action with these words in its command line. Resolves to a wait for it to be held. */
export async function holdCommand(stage: Stage, words: readonly string[]): Promise<() => Promise<HeldCommand>> {
  const holder = `hold-command-${++holds}.service`
  const names = stage.spec.nodes.map(({ name }) => name)
  const wait = ['systemd-run', '--quiet', '--unit', holder, '--property=RemainAfterExit=yes', 'python3', '-c', script]
  await Promise.all(names.map((name) => stage.on(name, ...wait, ...words)))
  const end = (name: string) => stage.on(name, 'systemctl', 'stop', holder)
  return async () => {
    const [node, said] = await eventually(180, async () => {
      for (const name of names) {
        const text = await stage.on(name, 'journalctl', '-q', '-o', 'cat', '-u', holder)
        const line = /^bramble-[0-9a-f]{16}\.service( \d+)+$/m.exec(text)?.[0]
        if (line) return [name, line] as const
      }
      throw new Error(`No node runs ${words.join(' ')}`)
    })
    const [unit = '', ...processes] = said.split(' ')
    await Promise.all(names.map(end))
    const id = await stage.on(node, 'systemctl', 'show', '--value', '--property=InvocationID', unit)
    return {
      node,
      unit: `${unit} ${id.trim()}`,
      release: async () => void (await stage.on(node, 'kill', '-CONT', ...processes)),
    }
  }
}
