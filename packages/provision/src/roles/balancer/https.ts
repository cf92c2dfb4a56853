/** The certificates on port 443: what Bramble writes, and the service that makes and renews them. See tls/index.ts. */
import { directoryOf, domainsFrom, haproxyServices } from '@bramble/cluster'
import { fileState } from '../../engine/file.ts'
import { because, type RoleContext, type Step, settled } from '../../engine/types.ts'
import { type FileStep, file, gate, service } from '../../resources/index.ts'
import {
  certificateList,
  challengesPath,
  type HttpsSettings,
  httpsAgentPath,
  httpsAgentProgram,
  httpsProblem,
  httpsSettingsPath,
  httpsStatusPath,
  httpsUnit,
  httpsUnitFile,
  issuerPaths,
  neutralPath,
  readHttpsStatus,
  storeKeyPath,
} from '../../tls/index.ts'
import { endpointsFor } from '../etcd.ts'
import { siteAuthorityPath } from './haproxy.cfg.ts'

export interface HttpsSteps {
  /** Before HAProxy is given its configuration, which names their files. */
  files: Step[]
  /** HAProxy reads it with its configuration. */
  authority: FileStep
  /** After HAProxy runs with it. */
  service: Step[]
}

export function httpsSteps(context: RoleContext): HttpsSteps {
  const settings = settingsOf(context)
  const loadedBy = [httpsUnit]
  const own = [
    file({ id: 'balancer/https-agent', path: httpsAgentPath, content: httpsAgentProgram, mode: 0o755, loadedBy }),
    file({
      id: 'balancer/https-settings',
      path: httpsSettingsPath,
      content: `${JSON.stringify(settings, null, 2)}\n`,
      loadedBy,
    }),
    file({ id: 'balancer/https.unit', path: `/etc/systemd/system/${httpsUnit}`, content: httpsUnitFile, loadedBy }),
  ]
  return {
    files: [...issuerFiles(context), storeKey(context), ...own, firstCertificates()],
    authority: file({
      id: 'balancer/site-authority',
      path: siteAuthorityPath,
      content: context.secrets.siteAuthority.certificate,
      loadedBy: [haproxyServices.web],
    }),
    service: [
      service({ id: 'balancer/https-service', unit: httpsUnit, files: own }),
      shownGate(settings),
      formerCertificate(),
    ],
  }
}

function settingsOf({ spec, node }: RoleContext): HttpsSettings {
  const acme = spec.https?.acme
  const from = (source: 'authority' | 'acme') => domainsFrom(spec, source).map((domain) => [domain, source] as const)
  return {
    node: node.name,
    vip: spec.vip,
    endpoints: endpointsFor(spec, node.name),
    domains: Object.fromEntries([...from('authority'), ...from('acme')]),
    acme: acme
      ? { directory: directoryOf(acme), email: acme.email, keyType: acme.keyType, authority: acme.authority ?? null }
      : null,
  }
}

/** The service reads them again each minute: nothing restarts because of them. The key first; it stays when the certificate is renewed. */
function issuerFiles({ node, secrets }: RoleContext): FileStep[] {
  const issuer = secrets.siteIssuer[node.name]
  if (!issuer)
    throw new Error(`No issuer of site certificates was made for ${node.name}: issue the cluster's secrets again`)
  return [
    file({ id: 'balancer/site-issuer-key', path: issuerPaths.key, content: issuer.key, mode: 0o600 }),
    file({ id: 'balancer/site-issuer', path: issuerPaths.certificate, content: issuer.certificate }),
  ]
}

const storeKey = ({ secrets }: RoleContext): FileStep =>
  file({ id: 'balancer/https-store', path: storeKeyPath, content: secrets.siteStore, mode: 0o600 })

/** HAProxy does not start without the files that its configuration names. */
function firstCertificates(): Step {
  const files = [certificateList, neutralPath, challengesPath].map((path) => fileState(path))
  return {
    id: 'balancer/certificates',
    title: 'Create the certificates for HTTPS',
    reads: files,
    follows: ['balancer/https-agent', 'balancer/https-settings', 'balancer/site-issuer'],
    check: (facts) =>
      files.every((state) => facts.of(state).kind === 'file') ? settled : because('HAProxy has none to start with'),
    apply: () => [{ kind: 'run', argv: [httpsAgentPath, httpsSettingsPath, 'once'], timeout: 300 }],
  }
}

function shownGate(settings: HttpsSettings): Step {
  const status = fileState(httpsStatusPath, { content: true })
  return gate({
    id: 'balancer/https',
    title: 'Wait until HAProxy shows the certificates',
    reads: [status],
    check(facts) {
      const problem = httpsProblem(settings, readHttpsStatus(facts.of(status).content))
      return problem ? because(problem) : settled
    },
    patience: 180,
    cure: `On the Pi, "journalctl -u ${httpsUnit} -n 50" says why it does not make or load a certificate.`,
  })
}

/** An older version showed a certificate of the cluster's own authority, with the names of its nodes. */
function formerCertificate(): Step {
  const paths = ['/etc/haproxy/bramble.pem', '/var/lib/bramble/certificates/haproxy.service']
  const states = paths.map((path) => fileState(path))
  return {
    id: 'balancer/former-certificate',
    title: 'Remove the certificate that HAProxy showed before',
    reads: states,
    check: (facts) =>
      states.every((state) => facts.of(state).kind === 'absent')
        ? settled
        : because('HAProxy does not use it any more'),
    apply: () => [{ kind: 'run', argv: ['rm', '-f', ...paths] }],
  }
}
