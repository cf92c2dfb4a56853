/** HTTPS in the cluster file: what is accepted, what is refused, and which certificates follow from it. */
import { expect, it } from 'vitest'
import { parseClusterFile } from '../file.ts'
import { domainsFrom } from './certified.ts'
import { directoryOf } from './https.ts'

const parse = (more: string) =>
  parseClusterFile(`name: shelf
vip: 192.168.1.100
nodes:
  - { name: pi-1, address: 192.168.1.11, roles: [etcd, postgres, balancer, web] }
  - { name: pi-2, address: 192.168.1.12, roles: [etcd, postgres, balancer, web] }
  - { name: pi-3, address: 192.168.1.13, roles: [etcd, postgres] }
${more}`)
const errors = (more: string) =>
  parse(more)
    .findings.filter(({ level }) => level === 'error')
    .map(({ path, message }) => `${path}: ${message}`)

it('takes certificates from the site authority unless the cluster or the app says otherwise', () => {
  const apps = `apps:
  - { name: blog, domains: ["*.blog.lan", blog.lan, 192.168.1.100] }
  - { name: open, domains: [open.lan], https: { certificate: off } }
  - { name: wiki, domains: [wiki.lan], https: { certificate: authority, redirect: true } }
`
  expect(domainsFrom(parse(apps).spec!, 'authority')).toEqual(['*.blog.lan', 'blog.lan', 'wiki.lan'])
  expect(domainsFrom(parse(`https: { certificate: off }\n${apps}`).spec!, 'authority')).toEqual(['wiki.lan'])
  expect(domainsFrom(parse('').spec!, 'authority')).toEqual([])
})

it('refuses to send browsers to HTTPS where there is no certificate', () => {
  const words = 'The app a sends browsers to HTTPS and has no certificate.'
  for (const key of ['redirect', 'hsts']) {
    expect(errors(`apps:\n  - { name: a, https: { certificate: off, ${key}: true } }\n`)).toEqual([
      `apps.0.https.${key}: ${words}`,
    ])
    expect(errors(`https: { certificate: off }\napps:\n  - { name: a, https: { ${key}: true } }\n`)).toEqual([
      `apps.0.https.${key}: ${words}`,
    ])
  }
})

it('refuses what it does not know', () => {
  expect(errors('https: { certificate: magic }\n')[0]).toMatch(/^https\.certificate: /)
  expect(errors('apps:\n  - { name: a, https: { hst: true } }\n')[0]).toMatch(/hst/)
})

const account = 'https: { acme: { email: me@example.org } }\n'

it('gets certificates of a public authority with an account there, for single names', () => {
  const apps = 'apps:\n  - { name: a, domains: [a.example, "*.a.example"], https: { certificate: acme } }\n'
  expect(errors(apps)[0]).toBe(
    'apps.0.https.certificate: The app a gets certificates of a public authority, and the cluster has no account there.',
  )
  expect(errors(account + apps)).toEqual([
    'apps.0.domains.1: A public authority gives *.a.example a certificate by DNS only, which this version cannot ask for.',
  ])
  const one = parse(account + apps.replace(', "*.a.example"', '')).spec!
  expect(domainsFrom(one, 'acme')).toEqual(['a.example'])
  expect(directoryOf(one.https!.acme!)).toBe('https://acme-v02.api.letsencrypt.org/directory')
})

it.each([
  ['email', 'me'],
  ['email', '../me@example.org'],
  ['directory', 'http://acme.example/dir'],
  ['directory', 'https://acme.example/dir?a=$(id)'],
  ['authority', 'a file'],
  ['keyType', 'ec999'],
])('refuses %s: %s', (key, value) => {
  const acme = { email: 'me@example.org', [key]: value }
  expect(errors(`https: { acme: ${JSON.stringify(acme)} }\n`)[0]).toMatch(new RegExp(`^https\\.acme\\.${key}: `))
})
