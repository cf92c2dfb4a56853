/** Which test takes which picture of docs/pictures. A name has one owner, so that no test overwrites another's picture. */

export const owners = {
  'journey.test.ts': [
    ...[
      'setup',
      'adopt',
      'roles',
      'overview-empty',
      'cluster-new',
      'plan',
      'run',
      'run-done',
      'cluster',
      'cluster-phone',
    ],
    ...['plan-settled', 'overview', 'runs', 'audit', 'settings', 'sign-in'],
  ],
  'journey-flash.test.ts': [
    ...[
      'images-empty',
      'images',
      'new-pis',
      'flash',
      'flash-writing',
      'flash-written',
      'flash-online',
      'flash-confirm',
    ],
  ],
  'journey-backups.test.ts': ['backups-form', 'backups', 'restore', 'restore-foreign'],
  'journey-members.test.ts': ['operate', 'operate-run', 'recover-quorum'],
  'journey-upgrade.test.ts': ['upgrade-dialog', 'upgrade-open'],
  'journey-watch.test.ts': [
    ...['postgres', 'haproxy', 'nodes', 'node', 'compare', 'drills', 'backups-empty', 'add', 'timeline', 'alerts'],
    ...['settings-account', 'settings-people', 'settings-tokens', 'settings-notifications', 'new-cluster', 'failover'],
  ],
} as const satisfies Record<string, readonly string[]>

type Owner = keyof typeof owners
export type PictureName = (typeof owners)[Owner][number]

/** `file`: path of the test that runs. */
export function owns(file: string | undefined, name: string): boolean {
  const owner = Object.keys(owners).find((test) => file?.endsWith(`/${test}`)) as Owner | undefined
  return owner !== undefined && (owners[owner] as readonly string[]).includes(name)
}
