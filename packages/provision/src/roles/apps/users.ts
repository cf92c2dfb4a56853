/** The system user of an app: it owns nothing but what the app writes at run time. An account of somebody else's stays. */

import { command } from '../../engine/command.ts'
import { because, type Step, settled } from '../../engine/types.ts'
import { appUser, appUserIds } from '../../serving/units.ts'

export function appUserStep(app: string): Step {
  const user = appUser(app)
  const entry = command(['getent', 'passwd', user])
  const { first, last } = appUserIds
  const home = `/var/lib/bramble-app-${app}`
  const isOurs = (line: string) => line.split(':')[5] === home
  const cure = `On the Pi, "getent passwd ${user}" shows the user. Remove that user, or choose another name for the app.`
  return {
    id: `apps/user-${app}`,
    title: `Create the system user ${user}`,
    reads: [entry],
    check(facts) {
      const { code, stdout } = facts.of(entry)
      if (code !== 0) return because('not present yet')
      if (!isOurs(stdout)) return because('the account exists and was not created by Bramble')
      const id = Number(stdout.split(':')[2])
      // Outside the range the firewall would not know its processes.
      return id >= first && id <= last ? settled : because(`its id ${id} is not between ${first} and ${last}`)
    },
    apply(facts) {
      const range = ['UID', 'GID'].flatMap((kind) => [
        '-K',
        `SYS_${kind}_MIN=${first}`,
        '-K',
        `SYS_${kind}_MAX=${last}`,
      ])
      return [
        // One of somebody else's makes useradd fail.
        ...(isOurs(facts.of(entry).stdout) ? [{ kind: 'run' as const, argv: ['userdel', user] }] : []),
        {
          kind: 'run',
          argv: [
            ...['useradd', '--system', '--user-group', ...range, '--no-create-home'],
            ...['--home-dir', home, '--shell', '/usr/sbin/nologin', user],
          ],
        },
      ]
    },
    cure,
    explain: (words) =>
      words.includes('exists')
        ? {
            code: 'app-account',
            message: `The app needs the account ${user}, which exists and was not created by Bramble.`,
            cure,
          }
        : null,
  }
}
