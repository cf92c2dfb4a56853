/** What only shows when apps are seen beside each other and beside the nodes. */
import { nodesWith } from '../nodes.ts'
import type { ClusterSpec } from '../spec.ts'
import { certificateOf } from './certified.ts'
import { isAddress, overlaps } from './domains.ts'
import type { AppSpec } from './spec.ts'

type Add = (level: 'error' | 'warning', code: string, path: string, message: string, cure: string) => void

export function reviewApps(spec: ClusterSpec, add: Add): void {
  const apps = spec.apps ?? []
  apps.forEach((app, i) => {
    const twin = apps.findIndex(({ name }) => name === app.name)
    if (twin < i)
      add('error', 'duplicate-app', `apps.${i}.name`, `Two apps are named ${app.name}.`, 'Give each app its own name.')
    reviewPlaces(spec, app, i, add)
    reviewFields(app, i, add)
    reviewHttps(spec, app, i, add)
  })
  reviewDomains(spec, add)
}

function reviewPlaces(spec: ClusterSpec, app: AppSpec, i: number, add: Add): void {
  const web = nodesWith(spec, 'web').map(({ name }) => name)
  const at = `apps.${i}`
  if (app.nodes && app.count !== undefined)
    add(
      'error',
      'app-nodes-and-count',
      `${at}.count`,
      `The app ${app.name} has both nodes and count.`,
      'Name its nodes, or say how many.',
    )
  app.nodes?.forEach((name, n) => {
    if (!web.includes(name))
      add(
        'error',
        'app-node',
        `${at}.nodes.${n}`,
        spec.nodes.some((node) => node.name === name)
          ? `The app ${app.name} is to run on ${name}, which does not have the role web.`
          : `The app ${app.name} is to run on ${name}, and no node has this name.`,
        web.length > 0 ? `Choose from ${web.join(', ')}.` : 'Give the role web to at least two nodes.',
      )
    else if (app.nodes!.indexOf(name) < n)
      add(
        'error',
        'app-node-twice',
        `${at}.nodes.${n}`,
        `The app ${app.name} lists ${name} twice.`,
        'List each node once.',
      )
  })
  if (app.count !== undefined && app.count > web.length)
    add(
      'error',
      'app-count',
      `${at}.count`,
      `The app ${app.name} is to run on ${app.count} nodes, and ${web.length} ${web.length === 1 ? 'has' : 'have'} the role web.`,
      'Lower the count, or give the role web to more nodes.',
    )
  const places = app.nodes?.length ?? app.count ?? web.length
  if (app.files && places > 1)
    add(
      'error',
      'app-files-places',
      `${at}.files`,
      `The app ${app.name} keeps files, and is to run on ${places} nodes: each would have files of its own.`,
      'Name one node under nodes, or keep the files in S3-compatible storage.',
    )
}

function reviewFields(app: AppSpec, i: number, add: Add): void {
  const at = `apps.${i}`
  if (app.database && app.environment && 'DATABASE_URL' in app.environment)
    add(
      'error',
      'app-database-url',
      `${at}.environment.DATABASE_URL`,
      `The app ${app.name} sets DATABASE_URL, which "database: true" sets too.`,
      'Remove one of them.',
    )
  if (app.processes && !('web' in app.processes) && app.domains.length > 0)
    add(
      'error',
      'app-no-web',
      `${at}.processes`,
      `The app ${app.name} has domains, and no process named web that answers them.`,
      'Name the process that listens on PORT "web".',
    )
  const other = app.kind !== undefined && app.kind !== 'image'
  for (const key of ['image', 'port'] as const)
    if (other && app[key] !== undefined)
      add(
        'error',
        `app-${key}-kind`,
        `${at}.${key}`,
        `The app ${app.name} has ${key === 'image' ? 'an image' : 'a port'}, and its kind is ${app.kind}.`,
        key === 'image'
          ? 'Set kind to image, or remove the image.'
          : 'Remove the port: an app of this kind listens on the port in PORT.',
      )
  const jobs = (app.cron ?? []).map(({ name }) => name)
  jobs.forEach((name, n) => {
    if (jobs.indexOf(name) < n)
      add(
        'error',
        'app-cron-twice',
        `${at}.cron.${n}.name`,
        `The app ${app.name} has two cron jobs named ${name}.`,
        'Give each its own name.',
      )
  })
}

function reviewHttps(spec: ClusterSpec, app: AppSpec, i: number, add: Add): void {
  const { redirect, hsts } = app.https ?? {}
  if ((redirect || hsts) && certificateOf(spec, app) === 'off')
    add(
      'error',
      'app-https-off',
      `apps.${i}.https.${redirect ? 'redirect' : 'hsts'}`,
      `The app ${app.name} sends browsers to HTTPS and has no certificate.`,
      'Set https.certificate of the app to authority or acme, or remove redirect and hsts.',
    )
  if (certificateOf(spec, app) !== 'acme') return
  const own = app.https?.certificate ? `apps.${i}.https.certificate` : 'https.certificate'
  if (!spec.https?.acme)
    add(
      'error',
      'app-acme-account',
      own,
      `The app ${app.name} gets certificates of a public authority, and the cluster has no account there.`,
      'Add https.acme with your email address.',
    )
  app.domains.forEach((domain, n) => {
    if (domain.startsWith('*.'))
      add(
        'error',
        'app-acme-wildcard',
        `apps.${i}.domains.${n}`,
        `A public authority gives ${domain} a certificate by DNS only, which this version cannot ask for.`,
        'List each name, or set https.certificate of the app to authority.',
      )
  })
}

function reviewDomains({ apps = [], vip }: ClusterSpec, add: Add): void {
  const all = apps.flatMap((app, i) =>
    app.domains.map((domain, n) => ({ app, domain, path: `apps.${i}.domains.${n}` })),
  )
  all.forEach(({ app, domain, path }, at) => {
    if (isAddress(domain) && domain !== vip)
      add(
        'error',
        'app-address',
        path,
        `The app ${app.name} is to answer at ${domain}, and only the virtual IP ${vip} reaches it.`,
        `Use a domain, or ${vip}.`,
      )
    const other = all.slice(0, at).find((entry) => overlaps(entry.domain, domain))
    if (!other || (other.app === app && other.domain !== domain)) return
    add(
      'error',
      'app-domain',
      path,
      other.app === app
        ? `The app ${app.name} lists ${domain} twice.`
        : other.domain === domain
          ? `The apps ${other.app.name} and ${app.name} both have the domain ${domain}.`
          : `The domain ${domain} of the app ${app.name} overlaps ${other.domain} of the app ${other.app.name}.`,
      other.app === app ? 'List each domain once.' : 'Give each domain to one app.',
    )
  })
}
