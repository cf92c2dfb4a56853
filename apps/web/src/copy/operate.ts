/** Words for what an operator asks of a cluster that serves. */
import type { Operation, RestartPart } from '@bramble/cluster'

type Kind = Operation['kind']

export const operate = {
  menu: 'Operate',
  viewer: 'Your role may only look. An operator can do this.',
  busy: 'A run of this cluster is going on. Wait until it has ended.',
  items: {
    switchover: {
      label: 'Switch the primary over…',
      does: 'Another replica becomes the primary. Writes wait for seconds.',
    },
    restart: { label: 'Restart a part…', does: 'One Pi after the other, the primary handed over first.' },
    reinit: { label: 'Clone anew…', does: 'Throws a copy of the database away and takes a fresh one.' },
    update: { label: 'Update packages…', does: 'One Pi after the other, with a reboot where one is due.' },
    pause: { label: 'Pause Patroni…', does: 'Nobody takes over from the primary until you resume.' },
    resume: { label: 'Resume Patroni…', does: 'A new primary is elected again when the present one fails.' },
    shutdown: { label: 'Shut everything down…', does: 'All Pis stop in order and turn themselves off.' },
    'recover-quorum': {
      label: 'Go on without the lost Pis…',
      does: 'etcd has no majority, and the other voters will not come back.',
    },
    upgrade: {
      label: 'Upgrade PostgreSQL…',
      does: 'The next major version takes the data over. Writes wait for the copy.',
    },
    'upgrade-back': { label: 'Go back…', does: 'The old version and its data return.' },
    'upgrade-finish': { label: 'Finish…', does: 'The old data and packages are removed.' },
    'reset-password': { label: 'Set the password again…', does: 'The one that Bramble keeps.' },
    'delete-kept-data': { label: 'Delete kept data…', does: 'Those that it had as the primary.' },
  } satisfies Record<Kind, { label: string; does: string }>,
  parts: {
    postgres: 'PostgreSQL',
    etcd: 'etcd',
    haproxy: 'HAProxy (web traffic)',
    'haproxy-postgres': 'HAProxy for PostgreSQL',
    keepalived: 'keepalived (the virtual IP)',
    site: 'The site',
    node: 'The whole Pi (reboot)',
  } satisfies Record<RestartPart, string>,
  title: {
    switchover: () => 'Switch the primary over?',
    restart: () => 'Restart a part?',
    reinit: (node: string) => `Clone the database to ${node} anew?`,
    update: () => 'Update packages?',
    pause: () => 'Pause Patroni?',
    resume: () => 'Resume Patroni?',
    shutdown: (cluster: string) => `Turn all Pis of ${cluster} off?`,
    'recover-quorum': () => 'Go on without the lost Pis?',
    upgrade: () => 'Upgrade PostgreSQL?',
    'upgrade-back': () => 'Go back to the old PostgreSQL?',
    'upgrade-finish': () => 'Finish the upgrade of PostgreSQL?',
    'reset-password': (user: string) => `Set the password of ${user} again?`,
    'delete-kept-data': (node: string) => `Delete the kept data of ${node}?`,
  } satisfies Record<Kind, (name: string) => string>,
  /** What will happen and what is noticed of it, one sentence a line. */
  consequences: {
    switchover: () => [
      'The primary stops taking writes, the replica takes over, and the old primary follows it.',
      'Open transactions are rolled back and clients connect again. Expect writes to wait for 2 to 10 seconds; reads go on.',
      'The run measures the outage with a client of its own.',
    ],
    restart: () => [
      'One Pi after the other. The next one waits until the one before is well again.',
      'Where PostgreSQL stops on the primary, it is handed over first: writes wait for 2 to 10 seconds. Restarts of the other parts are noticed for a second or two at most.',
      'The run stops at the first trouble and leaves the other Pis alone.',
    ],
    reinit: (node: string) => [
      `The copy of the database on ${node} is thrown away and taken from the primary anew.`,
      'Nobody notices, but until it is done there is one copy less. A large database takes its time over a card.',
      'It is refused when this is the primary, or the only healthy replica.',
    ],
    update: () => [
      'Replicas first, the primary last and handed over before. A Pi reboots only where a package asks for it.',
      'Expect writes to wait for 2 to 10 seconds once, when the primary is handed over; the site stays.',
      'The next Pi waits until the one before is well again. The run stops at the first trouble and leaves the others alone.',
    ],
    pause: () => [
      'Nothing stops. But when the primary fails, nobody takes over until you resume.',
      'For work by hand on the database; not needed for anything that Bramble does.',
    ],
    resume: () => ['Nothing stops. When the primary fails, a replica takes over again.'],
    shutdown: () => [
      'The address goes first, then the replicas stop, then the primary, then every Pi turns itself off. Nothing that was acknowledged is lost.',
      'The site and the database are away until the Pis get power again. Nobody can turn them on from here.',
      'To start again: give all of them power within some minutes. The cluster comes back by itself.',
    ],
    'recover-quorum': () => [
      'Only for voters that are gone for good: their cards died, or the Pis did. One that was merely unplugged is better brought back, and the rest follows by itself.',
      'One of the Pis that answer goes on with what its etcd knows and forgets the other voters. Then the copies of the database that are left elect a primary: writes that only the lost Pis had are lost.',
      'A lost Pi that is turned on again with its old card is told that it was removed, and joins anew when you reprovision.',
      'Afterwards replace the lost Pis: until then nothing else may fail.',
    ],
    upgrade: () => [
      'First, while the database serves: a look at every copy and its room, a backup where backups are on, the new packages, and the question to pg_upgrade whether it can be done. If not, nothing was touched.',
      'Then PostgreSQL stops everywhere, pg_upgrade copies the data of the primary, and the replicas are cloned from it. Reads and writes are away for about 15 seconds and the time that copying the data takes; the site stays.',
      'The old data stay on every Pi until you finish the upgrade. Until then you can go back. If something fails on the way, the cluster goes back by itself.',
    ],
    'upgrade-back': () => [
      'The database stops, the data of the old version return as they were right before the upgrade, and the data of the new version are thrown away.',
      'Everything that was written since the upgrade is lost. A backup has it only as data of the new version.',
      'Reads and writes are away for about 15 seconds; the site stays.',
    ],
    'upgrade-finish': () => [
      'The data and the packages of the old version are removed from every Pi, which frees their room.',
      'Nothing stops. After that nobody can go back.',
    ],
    'reset-password': (user: string) => [
      `${user} gets the password that Bramble keeps. Whoever uses the present one can no longer connect; open connections go on.`,
    ],
    'delete-kept-data': (node: string) => [
      `The data that ${node} had as the primary before pg_rewind failed are deleted. Writes that no other node has may be only there, and are then lost.`,
      'No running service is interrupted.',
    ],
  } satisfies Record<Kind, (name: string) => string[]>,
  confirm: {
    switchover: 'Switch over',
    restart: 'Restart',
    reinit: 'Clone anew',
    update: 'Update',
    pause: 'Pause',
    resume: 'Resume',
    shutdown: 'Turn them off',
    'recover-quorum': 'Go on without them',
    upgrade: 'Upgrade',
    'upgrade-back': 'Go back',
    'upgrade-finish': 'Finish',
    'reset-password': 'Set it again',
    'delete-kept-data': 'Delete kept data',
  } satisfies Record<Kind, string>,
  keep: 'Leave it',
  to: 'New primary',
  anyReplica: 'Patroni chooses',
  replica: (lag: string, sync: boolean) => `${lag} behind${sync ? ', synchronous' : ''}`,
  lagUnknown: 'lag unknown',
  noReplica: 'No replica is in step now, so nobody could take over.',
  part: 'Part',
  nodes: 'Pis',
  nobodyRuns: 'No Pi runs this.',
  pending: (count: number | null, reboot: boolean) =>
    `${count === null ? 'not known yet' : count === 0 ? 'up to date' : `${count} pending`}${reboot ? ', waits for a reboot' : ''}`,
  packages: (count: number) => `${count} packages are pending`,
  onlyChosen: 'Only the chosen ones',
  onlyChosenHint: 'Otherwise all that are pending, after the lists were fetched anew.',
  version: 'New version',
  versionUnknown: 'Which PostgreSQL runs is not known yet. Wait until the primary answers.',
  newest: (version: number) => `PostgreSQL ${version} runs, and Bramble knows no newer one.`,
  from: (version: number, size: string | null) =>
    `PostgreSQL ${version} runs now${size === null ? '' : `; ${size} are copied, and as much room is needed on every Pi with a copy`}.`,
  open: {
    title: (version: number) => `PostgreSQL ${version} took over`,
    kept: (version: number) =>
      `The data of PostgreSQL ${version} are kept on the Pis and take room. Look whether all is well, then finish; until then you can go back, which loses what was written since.`,
  },
  typed: (name: string) => `Type ${name} to confirm`,
  watchHint: 'You are taken to the run.',
  invalid: 'This could not be read.',
  invalidCure: 'Load the page again.',
} as const
