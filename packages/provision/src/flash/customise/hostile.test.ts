import { FlashSettings } from '@bramble/cluster'
import { must } from '@bramble/process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Secret } from '../../engine/types.ts'
import { cloudInitFiles } from './cloud-init.ts'
import { commandLine } from './command-line.ts'
import { firstrunFiles } from './firstrun.ts'
import { makeHostKey } from './host-key.ts'
import { type CustomiseInput, checkSettings } from './request.ts'
import { yamlText } from './yaml.ts'

const input: CustomiseInput = {
  image: { file: '', size: 0, sha256: '', data: [], gaps: 'zero', boot: null, firstBoot: 'cloud-init', os: '' },
  node: { name: 'pi-1', address: '192.168.1.21', roles: ['web'] },
  cluster: 'home',
  settings: FlashSettings.parse({ gateway: '192.168.1.1', dns: ['9.9.9.9'] }),
  timezone: 'Europe/Zurich',
  user: 'pi',
  authorizedKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDpWFEwDzjCCjLfo2fpQAqZAjYsvusN3r2KVwdeXEnd a b',
  wifi: { ssid: 'home', country: 'CH', password: new Secret('12345678') },
  cardId: '0b9d9a52-3c0d-4f7b-9d0b-3b8f6d2f8a11',
  callHome: ['http://192.168.1.2:3010'],
  workdir: '',
}
const hostKey = makeHostKey('pi-1')

/** Texts that have broken writers and readers of YAML, shells and INI files. */
const hostile = [
  ...[
    '',
    ' ',
    "'",
    '"',
    '`',
    '\\',
    '#',
    ' #x',
    ': ',
    'a: b',
    '- a',
    '? a',
    '&a',
    '*a',
    '!a',
    '%a',
    '@a',
    '|',
    '>',
    '~',
  ],
  ...[
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    'Yes',
    'NO',
    'true',
    'null',
    'Null',
    '0x10',
    '010',
    '0b1',
    '1e3',
    '.inf',
    '1:30',
    '2026-11-24',
  ],
  ...[
    '<<',
    '=',
    '{}',
    '[]',
    '{a',
    ']',
    ',',
    '---',
    '...',
    '%YAML 1.1',
    '!!binary |',
    '$(touch x)',
    '`touch x`',
    '$HOME',
    '$\u007bx}',
    ';reboot',
  ],
  ...[
    'a\nb',
    'a\rb',
    '\n',
    'a\n\nruncmd:\n- x',
    'a\tb',
    'a\0b',
    '\u0007',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffe',
    '\u{10ffff}',
  ],
  ...[
    'é',
    'e\u0301',
    '日本',
    '😀',
    '\u202eabc',
    '\u00a0',
    'ａ',
    '../../x',
    '-rf',
    '--',
    'a=b',
    '[x]',
    'x;y;',
    '%n',
    '\ud800',
  ],
]
const anything = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.tuple(fc.constantFrom(...hostile), fc.constantFrom(...hostile)).map(([a, b]) => a + b),
)

type Told = ReturnType<typeof filesOf>
/** All files as their readers see them. */
function filesOf(wanted: CustomiseInput) {
  const card = checkSettings(wanted)
  const cloud = cloudInitFiles(card, hostKey)
  const read = (path: string) => parse(cloud.get(path) ?? '', { version: '1.1' })
  return {
    texts: [...cloud.values(), ...firstrunFiles(card, hostKey).values()],
    data: read('user-data'),
    meta: read('meta-data'),
    network: read('network-config'),
    told: JSON.parse(firstrunFiles(card, hostKey).get('bramble/first-boot.json') ?? ''),
  }
}

const fields: { name: string; set: (text: string) => CustomiseInput; seen: (told: Told) => unknown[] }[] = [
  {
    name: 'node name',
    set: (name) => ({ ...input, node: { ...input.node, name } }),
    seen: ({ data, meta, told }) => [data.hostname, meta['local-hostname'], told.hostname],
  },
  {
    name: 'address',
    set: (address) => ({ ...input, node: { ...input.node, address } }),
    seen: ({ network }) => [network.wifis.wlan0.addresses[0].replace(/\/24$/, '')],
  },
  { name: 'user', set: (user) => ({ ...input, user }), seen: ({ data, told }) => [data.user.name, told.user] },
  {
    name: 'time zone',
    set: (timezone) => ({ ...input, timezone }),
    seen: ({ data, told }) => [data.timezone, told.timezone],
  },
  {
    name: 'locale',
    set: (locale) => ({ ...input, settings: { ...input.settings, locale } }),
    seen: ({ data, told }) => [data.locale, told.locale],
  },
  {
    name: 'keyboard',
    set: (keyboard) => ({ ...input, settings: { ...input.settings, keyboard } }),
    seen: ({ data, told }) => [data.keyboard.layout, told.keyboard],
  },
  {
    name: 'gateway',
    set: (gateway) => ({ ...input, settings: { ...input.settings, gateway } }),
    seen: ({ network }) => [network.wifis.wlan0.routes[0].via],
  },
  {
    name: 'name server',
    set: (dns) => ({ ...input, settings: { ...input.settings, dns: [dns] } }),
    seen: ({ network }) => network.wifis.wlan0.nameservers.addresses,
  },
  {
    name: 'authorized key',
    set: (text) => ({ ...input, authorizedKey: `${input.authorizedKey}${text}` }),
    seen: ({ data, told }) =>
      [data.user.ssh_authorized_keys[0], told.authorizedKey].map((key) => key.slice(input.authorizedKey.length)),
  },
  {
    name: 'country',
    set: (country) => ({ ...input, wifi: { ...input.wifi!, country } }),
    seen: ({ network }) => [network.wifis.wlan0['regulatory-domain']],
  },
  {
    name: 'network name',
    set: (ssid) => ({ ...input, wifi: { ...input.wifi!, ssid } }),
    seen: ({ network, told }) => [Object.keys(network.wifis.wlan0['access-points'])[0], ssidOf(told)],
  },
  { name: 'cluster', set: (cluster) => ({ ...input, cluster }), seen: () => [] },
  { name: 'card', set: (cardId) => ({ ...input, cardId }), seen: ({ meta }) => [meta['instance-id']] },
]

/** The name of the network as NetworkManager reads its keyfile. */
function ssidOf({ files }: Told['told']): string {
  const { content } = files.find(({ path }: { path: string }) => path.endsWith('wlan0.nmconnection'))
  const numbers = /^ssid=((?:\d+;)+)$/m.exec(content)?.[1] ?? ''
  return Buffer.from(numbers.split(';').slice(0, -1).map(Number)).toString('utf8')
}

describe('a hostile value', () => {
  it.each(fields)('as $name is refused or comes back the same', ({ set, seen }) => {
    fc.assert(
      fc.property(anything, (text) => {
        let told: Told
        try {
          told = filesOf(set(text))
        } catch (error) {
          expect(['customise-name', 'customise-wifi']).toContain((error as { code?: string }).code)
          return
        }
        for (const value of seen(told)) expect(value).toBe(text)
        expect(Object.keys(told.data).sort()).toEqual(known)
        for (const file of told.texts) expect(file).toMatch(/^[\n\x20-\x7e\u0080-\u{10ffff}]*$/u)
      }),
      { numRuns: 400 },
    )
  })
  const known = Object.keys(filesOf(input).data).sort()

  it('as a Wi-Fi password is refused, or leaves nothing but hex digits', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ minLength: 8, maxLength: 63 })), (text) => {
        if (text === '') return
        let told: Told
        try {
          told = filesOf({ ...input, wifi: { ...input.wifi!, password: new Secret(text) } })
        } catch (error) {
          expect((error as { code?: string }).code).toBe('customise-wifi')
          if (text.length > 4) expect((error as Error).message).not.toContain(text)
          return
        }
        expect(told.network.wifis.wlan0['access-points'].home.password).toMatch(/^[0-9a-f]{64}$/)
      }),
      { numRuns: 100 },
    )
  })

  it('as a URL to call is refused or comes back the same', () => {
    fc.assert(
      fc.property(anything, (text) => {
        try {
          const { told } = filesOf({ ...input, callHome: [`http://192.168.1.2:3010/${text}`, text] })
          const { content } = told.files.find(({ path }: { path: string }) => path === '/etc/bramble/card.json')
          expect(JSON.parse(content).urls).toEqual([`http://192.168.1.2:3010/${text}`, text])
        } catch (error) {
          expect((error as { code?: string }).code).toBe('customise-name')
        }
      }),
    )
  })

  it('takes no root and no time zone outside its folder', () => {
    for (const wrong of [{ user: 'root' }, { timezone: '../etc/shadow' }, { timezone: '/etc/shadow' }])
      expect(() => checkSettings({ ...input, ...wrong })).toThrow(/cannot be written/)
  })
})

describe('yamlText', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !/\p{Cs}/u.test(text))
  const value = fc.dictionary(
    fc.oneof(fc.constantFrom(...hostile.slice(0, -1)), texts),
    fc.oneof(fc.constantFrom(...hostile.slice(0, -1)), texts),
  )

  it('comes back the same by YAML 1.1 and 1.2', () => {
    fc.assert(
      fc.property(value, (wanted) => {
        const text = yamlText(wanted)
        expect(text).toMatch(/^[\n\x20-\x7e]*$/)
        for (const version of ['1.1', '1.2'] as const) expect({ ...parse(text, { version }) }).toEqual({ ...wanted })
      }),
    )
  })

  // The parser that cloud-init uses.
  it.skipIf(process.platform !== 'linux')('comes back the same by PyYAML', async () => {
    const wanted = fc.sample(value, 500)
    wanted.push(Object.fromEntries(hostile.slice(0, -1).map((text, index) => [`${index}`, `${text}\n`])))
    const script = 'import json, sys, yaml\nprint(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))'
    const out = await must(['python3', '-c', script], { stdin: JSON.stringify(wanted.map(yamlText)) })
    expect(JSON.parse(out)).toEqual(wanted.map((one) => ({ ...one })))
  })
})

describe('commandLine', () => {
  it('keeps the image’s words in order and puts ours in place of older ones of their kind', () => {
    const first = commandLine('console=tty1  root=/dev/x\r\n rootwait\n', ['ds=nocloud;i=a'], 'CH')
    expect(first).toBe(
      'console=tty1 root=/dev/x rootwait cfg80211.ieee80211_regdom=CH ds=nocloud;i=a cgroup_enable=memory\n',
    )
    expect(commandLine(first, ['ds=nocloud;i=b'], null)).toBe(
      'console=tty1 root=/dev/x rootwait cfg80211.ieee80211_regdom=CH cgroup_enable=memory ds=nocloud;i=b\n',
    )
    expect(commandLine('a systemd.run=/x systemd.run_success_action=reboot systemd.unit=y b -- c', ['d'], null)).toBe(
      'a b d cgroup_enable=memory -- c\n',
    )
  })
})
