/** The system user of an app: it owns nothing but what the app writes at run time. */
import { appUser, appUserIds } from '../../apps/serving/units.ts'
import { because, type Step, settled } from '../../core/types.ts'
import { command } from '../../facts/command.ts'

export function appUserStep(app: string): Step {
  const user = appUser(app)
  const entry = command(['getent', 'passwd', user])
  const { first, last } = appUserIds
  return {
    id: `apps/user-${app}`,
    title: `Create the system user ${user}`,
    reads: [entry],
    check(facts) {
      const { code, stdout } = facts.of(entry)
      if (code !== 0) return because('there is none')
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
        ...(facts.of(entry).code === 0 ? [{ kind: 'run' as const, argv: ['userdel', user] }] : []),
        {
          kind: 'run',
          argv: [
            ...['useradd', '--system', '--user-group', ...range, '--no-create-home'],
            ...['--home-dir', `/var/lib/bramble-app-${app}`, '--shell', '/usr/sbin/nologin', user],
          ],
        },
      ]
    },
    cure: `On the Pi, "getent passwd ${user}" shows who has the name. Remove that user, or name the app otherwise.`,
  }
}
