/** What belongs to a login user of the node. */

import { command } from '../engine/command.ts'
import { because, type Secret, type Step, settled } from '../engine/types.ts'

const readKeys = 'home=$(getent passwd "$1" | cut -d: -f6) && [ -n "$home" ] && cat "$home/.ssh/authorized_keys"'
/** Appends the line from stdin, keeping what is there. A file without a final newline gets one first. */
const appendKey = `set -eu
home=$(getent passwd "$1" | cut -d: -f6)
group=$(id -g "$1")
install -d -m 700 -o "$1" -g "$group" "$home/.ssh"
keys="$home/.ssh/authorized_keys"
[ ! -s "$keys" ] || [ -z "$(tail -c 1 "$keys")" ] || echo >> "$keys"
cat >> "$keys"
chown "$1:$group" "$keys"
chmod 600 "$keys"`

/** A public key that may sign in as the user, beside the keys that already may. */
export function authorizedKey(spec: { id: string; title: string; user: string; key: string }): Step {
  const present = command(['sh', '-c', readKeys, 'sh', spec.user])
  const wanted = spec.key.trim()
  return {
    id: spec.id,
    title: spec.title,
    reads: [present],
    check(facts) {
      const lines = facts
        .of(present)
        .stdout.split('\n')
        .map((line) => line.trim())
      return lines.includes(wanted) ? settled : because(`the key is missing for ${spec.user}`)
    },
    apply: () => [{ kind: 'run', argv: ['sh', '-c', appendKey, 'sh', spec.user], stdin: `${wanted}\n` }],
  }
}

/** `grep` ends with 1 when no line is left. */
const dropKeys = `set -eu
home=$(getent passwd "$1" | cut -d: -f6)
keys="$home/.ssh/authorized_keys"
cp -p -- "$keys" "$keys.bramble"
grep -vF -f - "$keys" > "$keys.bramble" || [ $? -eq 1 ]
mv -f -- "$keys.bramble" "$keys"`

/** Public keys that may sign in as the user no more; first it is proven that another one may. */
export function revokedKeys(spec: {
  id: string
  title: string
  user: string
  revoked: readonly string[]
  holds: Secret
}): Step[] {
  if (spec.revoked.length === 0) return []
  const present = command(['sh', '-c', readKeys, 'sh', spec.user])
  // The key itself, whatever options or comment somebody gave it.
  const texts = spec.revoked.flatMap((key) => key.split(' ')[1] ?? [])
  return [
    {
      id: spec.id,
      title: spec.title,
      reads: [present],
      check: (facts) =>
        texts.some((text) => facts.of(present).stdout.includes(text))
          ? because(`a revoked key is still present for ${spec.user}`)
          : settled,
      apply: () => [
        { kind: 'prove-key', user: spec.user, privateKey: spec.holds },
        { kind: 'run', argv: ['sh', '-c', dropKeys, 'sh', spec.user], stdin: `${texts.join('\n')}\n` },
      ],
    },
  ]
}
