/**
 * How apps are served, so that it is right without Bramble.
 *
 * etcd, below `bramble/apps/`, written in transactions that compare the revision that was read:
 * - `<app>/serving`   ServingRecord: the release that serves, its slot, and all that a node needs to run it but files and secrets.
 *                     Written by the deploy, once, after the new slot answered on every node that takes part. It is the truth.
 * - `<app>/next`      NextRecord: a deploy under way, with its phase. Created only where there is none: deploys of an app queue.
 * - `<app>/claim`     held by the deploy with a lease of 30 s. A `next` without a claim was abandoned.
 * - `<app>/availability`  Availability: somebody stopped the app, or shows the maintenance page. Absent: it runs.
 * - `<app>/cron/<job>` CronRecord: the newest run of a scheduled command. The node that writes the next occurrence first runs it;
 *                     while it says `running` and its node reports, no other one begins.
 * - `<app>/command/<digest>`  the release command: `started` before it runs, `done` or `failed` after it. `started` without an end
 *                     is shown to the user, who says whether it runs again: Bramble cannot know what it did.
 *
 * `bramble/app-removed/<app>`: the app was removed on purpose. A node that was off then deletes all files of it when it returns.
 *
 * and `bramble/app-nodes/<node>`, a NodeReport: what each node says of its slots and its HAProxy.
 *
 * Files on a web node:
 * - /srv/bramble/apps/<app>/  0750, of root and the app's group: other apps cannot look into it.
 * - /srv/bramble/apps/<app>/releases/<digest>/  of root, read-only. It gets its name when it is complete: a folder that is there is good.
 * - /srv/bramble/apps/<app>/environments/<digest>  0600 of root, systemd's EnvironmentFile: a rollback takes its environment along.
 * - /srv/bramble/apps/<app>/slots/<slot>.json  what the slot runs: release, commands, port. Written before its units start.
 * - /etc/systemd/system/bramble-app-<app>-<slot>@.service  a template; its instance is the process. Never enabled.
 * - /etc/systemd/system/bramble-apps.slice  all apps together: memory and CPU that the node can spare.
 *
 * Who does what:
 * - The deploy (Bramble) copies the release and its environment to every node, runs the release command once, writes `next` with
 *   the idle slot, waits until each node says that the slot answers, writes `serving`, waits until each balancer has switched, and
 *   removes `next`. Nothing before `serving` changes what is served; nothing after it needs Bramble.
 * - bramble-apps.service, on every web node and balancer, watches both prefixes and makes the node agree: the slot of `serving`
 *   runs, and that of `next` while its claim lives. It checks a slot at the node's own address with the app's first domain as
 *   Host. On a balancer it sets the servers of both slots over HAProxy's socket: port and `ready` for the one that serves, `drain`
 *   for the other one, and `maint` when that has no session left, or after 300 s.
 * - No slot of a stopped app runs but that of a deploy. Balancers answer for it, and in maintenance, with the maintenance page: the
 *   server `maintenance` of its backend is `ready` then, and all others drain.
 * - It stops any other slot when every balancer that reports has switched and no connection to its port is left, or after 300 s;
 *   that of a deploy without a claim 60 s after the claim ended.
 * - What it reads is read through a majority. Without one it starts nothing and stops nothing: what serves continues.
 * - An empty answer is no order to stop. Where etcd has neither `serving` nor `app-removed` of an app that served (it was made
 *   anew, or restored from an older state), nodes and balancers go on with what they read last, which they keep in
 *   /var/lib/bramble/apps-serving.json; it starts nothing that does not run. After 30 s a node writes the record again if more
 *   than half of its nodes report exactly that and none another one: a node that missed a deploy cannot bring an old release back.
 * - An app whose HOME takes more than its share, or that fills the card, is stopped on that node until there is space: `failed`.
 * - HAProxy starts with all servers of apps in `maint` until that service has read etcd; a reload keeps what they were.
 *
 * A node that returns runs no unit of an app, because none is enabled: it asks etcd first and starts only what serves. If it does
 * not have the release, it reports so and its servers stay down until Bramble copies it. A balancer that returns sends nothing to an
 * old slot, because it begins with `maint`. When all nodes lose power, a majority of etcd comes first, then the apps.
 *
 * Where it can be cut off, and what is true then:
 * - while files are copied: folders without their final name; removed by the next deploy. The old release serves.
 * - before or during the release command: `next` is abandoned; a node stops the idle slot 60 s after the claim ended. The command's
 *   record says whether it was started. The old release serves.
 * - while the idle slot starts, or when it does not answer in time: the same; the deploy removes `next` itself if it can.
 * - in the transaction that writes `serving`: its outcome is read again through a majority, before anything is said about it.
 * - after `serving`: nodes and balancers finish without Bramble. A second deploy waits until `next` is gone or abandoned.
 * - a node that cannot be reached when the deploy begins is left out and named. One that is lost while its slot starts fails the
 *   deploy only if no other node answers; its servers are down in HAProxy anyway.
 * - a node without a majority that stays up keeps its old slot running. Balancers with a majority send it nothing: its report
 *   must name the release that serves. If no node of the app reports, the checks of HAProxy alone decide.
 */
export { environmentFile } from './environment-file.ts'
export { imageLauncher, imageLauncherPath } from './image/index.ts'
export * from './records.ts'
export { appUnit, launcher, phpServer, phpServerPath, sliceUnit } from './units.ts'
