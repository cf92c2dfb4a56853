/** The lab from the command line, for developing it: `tsx lab/src/cli.ts up --nodes 4`. Users have `./bramble lab`. */
import { parseArgs } from 'node:util'
import { start } from '@bramble/provision/local'
import * as lab from './index.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    id: { type: 'string', default: '0' },
    nodes: { type: 'string', default: '4' },
    release: { type: 'string' },
    golden: { type: 'boolean' },
    memory: { type: 'string', default: '1024' },
    'keep-disks': { type: 'boolean', default: false },
  },
})
const [verb, node = '', ...rest] = positionals
const id = Number(values.id)
const onLine = (line: string) => console.error(line)
const nodeVerbs = {
  off: lab.powerOff,
  on: lab.powerOn,
  reboot: lab.reboot,
  cut: lab.cut,
  heal: lab.heal,
  reflash: lab.reflash,
}

try {
  const release = lab.releases.find((known) => known === values.release)
  if (verb === 'up') {
    const choice = {
      ...(release ? { release } : {}),
      ...(values.golden === undefined ? {} : { golden: values.golden }),
    }
    show(await lab.up({ id, nodes: Number(values.nodes), memoryMB: Number(values.memory), onLine, ...choice }))
  } else if (verb === 'down') await lab.down({ id, keepDisks: values['keep-disks'], onLine })
  else if (verb === 'status') show(await lab.status({ id }))
  else if (verb === 'prepare')
    await lab.prepare({ ...(release ? { release } : {}), golden: values.golden ?? false, onLine })
  else if (verb === 'ssh') wait([...(await lab.sshCommand({ id, node })), ...rest])
  else if (verb === 'exec') wait(await lab.execInNamespace({ id }, [node, ...rest]))
  else if (verb && verb in nodeVerbs) show(await nodeVerbs[verb as keyof typeof nodeVerbs]({ id, node }))
  else {
    console.error('usage: cli.ts up|down|status|prepare|off|on|reboot|cut|heal|reflash|ssh|exec [node] [--id N] …')
    process.exitCode = 2
  }
} catch (error) {
  console.error(error instanceof lab.LabError ? error.message : error)
  process.exitCode = 1
}

function show(status: lab.LabStatus): void {
  console.log(JSON.stringify(status, null, 2))
}

function wait(argv: string[]): void {
  start(argv).once('exit', (code) => {
    process.exitCode = code ?? 1
  })
}
