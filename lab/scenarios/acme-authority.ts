/** A public authority of the lab: Debian's pebble on a node, whose firewall lets the others in, with a DNS server of its own. */
import { serverCertificate } from '@bramble/provision/test/certificates'
import { eventually, type Stage } from './stage.ts'

export interface AcmeAuthority {
  directory: string
  /** Whom its own server is trusted by, PEM. */
  server: string
  /** Whom browsers trust, PEM; another one after each start. */
  root(): Promise<string>
  /** Opens its port in the node's firewall, until that is written again. */
  letIn(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const folder = '/root/pebble'

/**
 * It refuses a third of all nonces, takes seconds to look, and its certificates last `seconds`. Every name leads to the virtual IP.
 * `present`: the stage as it is, which becomes another one.
 */
export async function raiseAuthority(present: () => Stage, node: string, seconds: number): Promise<AcmeAuthority> {
  const on = (...argv: string[]) => present().on(node, ...argv)
  const transport = await present().reach(node)
  const write = async (name: string, stdin: string) => {
    const { code } = await transport.exec(['tee', `${folder}/${name}`], { as: 'root', stdin, timeout: 30_000 })
    if (code !== 0) throw new Error(`${node}: ${name} cannot be written`)
  }
  await on('apt-get', '-q', 'update')
  await on('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qy', 'install', '--no-install-recommends', 'pebble')
  const { authority, certificate, key } = await serverCertificate({ dns: [node] })
  await on('mkdir', '-p', folder)
  await write('crt', certificate)
  await write('key', key)
  const pebble = {
    listenAddress: '0.0.0.0:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: `${folder}/crt`,
    privateKey: `${folder}/key`,
    ...{ httpPort: 80, tlsPort: 443, ocspResponderURL: '', externalAccountBindingRequired: false },
    certificateValidityPeriod: seconds,
  }
  await write('config.json', JSON.stringify({ pebble }))
  const unit = (name: string, ...argv: string[]) => on('systemd-run', `--unit=${name}`, '--collect', ...argv)
  await unit(
    'pebble-names',
    ...['pebble-challtestsrv', '-defaultIPv4', present().spec.vip, '-defaultIPv6', '', '-dns01', '127.0.0.1:8053'],
    ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-management', '127.0.0.1:8055'],
  )
  const root = () => on('curl', '-sSfk', 'https://127.0.0.1:15000/roots/0')
  const own: AcmeAuthority = {
    directory: `https://${node}:14000/dir`,
    letIn: async () =>
      void (await on('nft', 'insert', 'rule', 'inet', 'bramble', 'input', 'tcp', 'dport', '14000', 'accept')),
    server: authority,
    root,
    async start() {
      await unit(
        'pebble',
        ...['--setenv=PEBBLE_WFE_NONCEREJECT=30', '--setenv=PEBBLE_VA_SLEEPTIME=3', 'pebble', '-strict'],
        ...['-config', `${folder}/config.json`, '-dnsserver', '127.0.0.1:8053'],
      )
      await eventually(30, root)
    },
    stop: async () => void (await on('systemctl', 'stop', 'pebble.service')),
  }
  await own.start()
  return own
}
