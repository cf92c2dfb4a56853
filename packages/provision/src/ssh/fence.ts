/**
 * A worker that another one has followed changes nothing on a node any more: the node keeps the highest claim that it has
 * seen, and every command of a lower one is refused there, before it starts.
 */

import type { Claim, ExecResult } from '../engine/transport.ts'
import { Trouble } from '../engine/types.ts'

const refusal = 75
const word = 'bramble-fence'

/**
 * Gone after a reboot, so that a Bramble that was restored from an old backup is not refused for ever. No backslash and no line break: see
 * framed.ts. Who is not root compares, and cannot raise it.
 */
const script = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
  'f=${BRAMBLE_FENCE:-/run/bramble-fence};d=${f%/*};s=0;n=0',
  'if [ -w "$d" ];then exec 9>>"$f";flock 9;elif [ -r "$f" ];then exec 9<"$f";flock -s 9;fi',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's.
  'if [ -r "$f" ];then read -r s n r<"$f";s=${s:-0};n=${n:-0};fi',
  `if [ "$1" -lt "$s" ]||{ [ "$1" -eq "$s" ]&&[ "$2" -lt "$n" ];};then echo "$0 $s $n">&2;exit ${refusal};fi`,
  'if [ -w "$d" ]&&{ [ "$1" -ne "$s" ]||[ "$2" -ne "$n" ];};then echo "$1 $2 $3">"$f";fi',
  'exec 9>&-;shift 3;exec "$@"',
].join(';')

/** The same command, which starts only when no later claim was seen on the node. */
export const fenced = (argv: readonly string[], claim: Claim | undefined): readonly string[] =>
  claim ? ['sh', '-c', script, word, String(claim.since), String(claim.fence), claim.run, ...argv] : argv

/** Trouble `superseded` when it is the fence that has answered. */
export function refuseSuperseded({ code, stderr }: ExecResult, address: string): void {
  if (code !== refusal || !stderr.startsWith(`${word} `)) return
  throw new Trouble(
    'superseded',
    `${address} rejects this worker: another worker has taken over the run.`,
    'The run continues there; no action is needed. If no other run is in progress, Bramble was restored from a backup: reboot the Pi, or delete /run/bramble-fence on it.',
  )
}
