/** Makes a virtual Pi print lines that say when they were printed, in the course of a run of Bramble's. */
import { type LabStatus, sshCommand } from '@bramble/lab'
import { must } from '@bramble/process'

export interface Printing extends AsyncDisposable {
  /** Before its next package list is fetched, the node prints so many lines, one every `everyMs`. */
  printMoments(how: { lines: number; everyMs: number }): Promise<void>
}

const real = '/usr/bin/apt-get'
/** argv: lines, seconds between two. Prints "moment MILLISECONDS" and does what apt-get is asked for. */
const script = (lines: number, seconds: number) => `#!/bin/bash
if [ "$1" = update ]; then
  for ((line = 0; line < ${lines}; line++)); do
    echo "moment $(date +%s%3N)"
    sleep ${seconds}
  done
fi
exec ${real}.real "$@"
`

export async function onNode(lab: LabStatus, node: string): Promise<Printing> {
  const ssh = await sshCommand({ id: lab.id, node })
  const as = (argv: readonly string[], stdin?: string) =>
    must([...ssh, 'sudo', ...argv], { timeout: 120_000, ...(stdin === undefined ? {} : { stdin }) })
  return {
    async printMoments({ lines, everyMs }) {
      // A package that Bramble wants and nothing needs: the next plan finds it missing.
      await as(['apt-get', 'purge', '-y', 'unattended-upgrades'])
      await as(['mv', real, `${real}.real`])
      await as(['tee', real], script(lines, everyMs / 1000))
      await as(['chmod', '755', real])
    },
    async [Symbol.asyncDispose]() {
      await as(['mv', `${real}.real`, real]).catch(() => undefined)
    },
  }
}
