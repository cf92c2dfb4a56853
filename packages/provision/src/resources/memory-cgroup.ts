/**
 * The kernel's memory controller. Raspberry Pi OS boots with it off, and then no limit on the memory of an app holds. A word in
 * cmdline.txt turns it on at the next boot.
 */
import { z } from 'zod'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { because, type Fact, type Step, settled } from '../engine/types.ts'
import { unlessContainer } from './container.ts'

export const kernelCommandLine = '/boot/firmware/cmdline.txt'
const wanted = 'cgroup_enable=memory'
const opposite = /^cgroup_disable=/

/** The line with the memory controller on; its other words stay, in their order. Words after ` -- ` are init's, and stay last. */
export function withMemoryCgroup(line: string): string {
  const all = line.split(/\s+/).filter((word) => word !== '')
  const border = all.indexOf('--')
  const kernel = border < 0 ? all : all.slice(0, border)
  const kept = kernel.flatMap((word) => (opposite.test(word) ? withoutMemory(word) : [word]))
  const added = kept.includes(wanted) ? [] : [wanted]
  return `${[...kept, ...added, ...(border < 0 ? [] : all.slice(border))].join(' ')}\n`
}

/** `cgroup_disable=` takes a list. */
function withoutMemory(word: string): string[] {
  const [name, list = ''] = word.split('=')
  const left = list.split(',').filter((controller) => controller !== 'memory' && controller !== '')
  return left.length > 0 ? [`${name}=${left.join(',')}`] : []
}

const running = command(['cat', '/sys/fs/cgroup/cgroup.controllers', '/proc/cmdline'])
const Answer = z.object({ stdout: z.string() })

/** Whether the kernel holds processes to their memory; `asked`: it was booted with the word that turns that on. */
export const memoryLimits: Fact<{ enforced: boolean; asked: boolean }> = {
  key: 'memory-limits',
  query: running.query,
  read(answer) {
    const [controllers = '', line = ''] = Answer.parse(answer).stdout.split('\n')
    return { enforced: controllers.split(' ').includes('memory'), asked: line.split(/\s+/).includes(wanted) }
  },
}

/** Only where there is a cmdline.txt and the running kernel lacks the controller: its line is edited, then the node reboots. */
export function memoryCgroup(node: string): Step[] {
  const file = fileState(kernelCommandLine, { content: true })
  const lineOf = (content: string | null) => content?.trim() ?? ''
  const edit: Step = {
    id: 'base/memory-cgroup',
    title: `Enable memory limits in ${kernelCommandLine}`,
    reads: [memoryLimits, file],
    check(facts) {
      const line = lineOf(facts.of(file).content)
      if (facts.of(memoryLimits).enforced || line === '') return settled
      return withMemoryCgroup(line).trim() === line ? settled : because('the kernel does not enforce memory limits')
    },
    apply: (facts) => [
      {
        kind: 'put',
        path: kernelCommandLine,
        content: withMemoryCgroup(lineOf(facts.of(file).content)),
        mode: 0o755,
      },
    ],
  }
  const reboot: Step = {
    id: 'base/memory-cgroup-boot',
    title: `Reboot ${node} to enforce memory limits`,
    reads: [memoryLimits, file],
    follows: [edit.id],
    check(facts) {
      const { enforced, asked } = facts.of(memoryLimits)
      // A kernel that was asked for it and lacks it does not get it by another reboot.
      if (enforced || asked || lineOf(facts.of(file).content) === '') return settled
      return because('the running kernel was started without them')
    },
    apply: () => [{ kind: 'run', argv: ['systemctl', '--no-block', 'reboot'] }],
    disrupts: { what: 'node', words: `${node} reboots` },
    askAgain: true,
    patience: 600,
    cure: `Check ${node}: its lights, its network cable, or a connected screen. The previous file is kept in /var/lib/bramble/kept${kernelCommandLine}.`,
  }
  return [edit, reboot].map((step) => unlessContainer(step, step.title))
}
