/** The key of the cluster is tried before passwords go off: whoever is locked out needs a screen and a keyboard. */
import type { Transport } from './transport.ts'
import { type ProveKeyAction, Trouble } from './types.ts'

/** What sshd says of a user, and every folder on the way to his keys with its mode and owner. Changes nothing. */
const look = `sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>&1 | grep -iE "^(authorizedkeysfile|authorizedkeyscommand|pubkeyauthentication|strictmodes|allowusers|allowgroups|denyusers|denygroups|authenticationmethods) " || true
home=$(getent passwd "$1" | cut -d: -f6)
for at in "$home" "$home/.ssh" "$home/.ssh/authorized_keys"; do stat -c "mode %a %U %n" -- "$at" 2>&1 || true; done`

/** Trouble `key-refused`, with the reason as the node tells it; the transport's own when the node cannot be reached. */
export async function proveKey(transport: Transport, action: ProveKeyAction, signal?: AbortSignal): Promise<void> {
  const { user, privateKey } = action
  if (!transport.tryLogin) throw new Error('This way to a node has no logins')
  try {
    await transport.tryLogin({ user, privateKey }, signal)
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== 'login-refused') throw error
    const said = await transport.exec(['sh', '-c', look, 'sh', user], {
      as: 'root',
      timeout: 30_000,
      ...(signal ? { signal } : {}),
    })
    const { reason, cure } = whyRefused(user, said.stdout)
    throw new Trouble(
      'key-refused',
      `sshd does not accept the key of this cluster for ${user}, so password login stays enabled: ${reason}`,
      `${cure} Then press Retry.`,
      { cause: error },
    )
  }
}

/** Reads what `look` printed. */
export function whyRefused(user: string, said: string): { reason: string; cure: string } {
  const lines = said.split('\n').map((line) => line.trim())
  const setting = (name: string) =>
    lines.filter((line) => line.toLowerCase().startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  const files = setting('authorizedkeysfile').join(' ')
  if (setting('pubkeyauthentication').includes('no'))
    return {
      reason: 'PubkeyAuthentication is set to "no".',
      cure: 'On the Pi, remove that line from /etc/ssh/sshd_config and run: sudo systemctl reload ssh',
    }
  if (files && !files.split(/\s+/).some((file) => /^(%h\/)?\.ssh\/authorized_keys$/.test(file)))
    return {
      reason: `it reads keys from "${files}", not from ~/.ssh/authorized_keys.`,
      cure: 'On the Pi, add .ssh/authorized_keys to AuthorizedKeysFile in /etc/ssh/sshd_config and run: sudo systemctl reload ssh',
    }
  const loose = lines
    .map((line) => /^mode (\d+) (\S+) (.+)$/.exec(line))
    .find((found) => found && ((Number.parseInt(found[1]!, 8) & 0o022) !== 0 || ![user, 'root'].includes(found[2]!)))
  if (loose && !setting('strictmodes').includes('no')) {
    const [, mode, owner, path] = loose
    return owner === user || owner === 'root'
      ? {
          reason: `${path} has mode ${mode}: other users can write to it, so sshd ignores the keys in it.`,
          cure: `On the Pi, run: sudo chmod go-w ${path}`,
        }
      : {
          reason: `${path} is owned by ${owner}, so sshd ignores the keys in it.`,
          cure: `On the Pi, run: sudo chown ${user} ${path}`,
        }
  }
  const rules = [
    'allowusers',
    'allowgroups',
    'denyusers',
    'denygroups',
    'authenticationmethods',
    'authorizedkeyscommand',
  ]
  const set = rules.flatMap((name) =>
    setting(name)
      .filter((value) => value !== 'none' && value !== 'any')
      .map((value) => `${name} ${value}`),
  )
  return {
    reason: set.length > 0 ? `its settings include ${set.join(', ')}.` : 'the reason is not known.',
    cure: 'On the Pi, "sudo journalctl -u ssh -n 20" shows the cause.',
  }
}
