/** Tries every secret of a cluster on its nodes: which of them open something. */
import { randomUUID } from 'node:crypto'
import { openSecrets, Secret } from '@bramble/provision'
import pg from 'pg'
import { expect } from 'vitest'
import { eventually, type Stage } from './stage.ts'

interface Request {
  url: string
  user?: string
  method?: string
  body?: string
  /** Folder with `crt` and `key`. */
  identity?: string
}

/** Ends with 0 when it is answered with 200. */
const ask = `import base64, json, ssl, sys, urllib.request
asked = json.load(sys.stdin)
context = ssl._create_unverified_context()
if asked.get('identity'):
    context.load_cert_chain(asked['identity'] + '/crt', asked['identity'] + '/key')
body = asked.get('body')
request = urllib.request.Request(asked['url'], body and body.encode(), method=asked.get('method', 'GET'))
if asked.get('user'):
    request.add_header('Authorization', 'Basic ' + base64.b64encode(asked['user'].encode()).decode())
sys.exit(0 if urllib.request.urlopen(request, timeout=10, context=context).status == 200 else 1)`

type Stored = Readonly<Record<string, string>>

/** What each way in answers to these secrets. The clients trust whoever answers: only what they show is tried. */
export async function opens(stage: Stage, stored: Stored): Promise<Record<string, boolean>> {
  const secrets = openSecrets(stored)
  const primary = await stage.primary()
  const address = stage.spec.nodes.find(({ name }) => name === primary)!.address
  const balancer = stage.spec.nodes.find(({ roles }) => roles.includes('balancer'))!.name
  const leaf = secrets.leaf[primary]!
  const folder = `/root/tried-${randomUUID()}`
  await stage.on(primary, 'install', '-d', '-m', '700', folder)
  const transport = await stage.reach(primary)
  const put = (file: string, text: string) =>
    transport.exec(['sh', '-c', 'cat > "$1"', 'sh', `${folder}/${file}`], { as: 'root', stdin: new Secret(text) })
  try {
    await put('crt', leaf.certificate)
    await put('key', leaf.key.reveal())
    const runs = async (node: string, stdin: string, script: string, ...args: string[]) => {
      const way = await stage.reach(node)
      const argv = ['sh', '-c', script, 'sh', ...args]
      return (await way.exec(argv, { as: 'root', stdin: new Secret(stdin), timeout: 60_000 })).code === 0
    }
    const sql = (role: string, database: string, password: Secret, more = '') =>
      runs(
        primary,
        password.reveal(),
        'PGPASSWORD=$(cat) psql -XAtq "$1" -c "$2"',
        `host=${address} port=5432 user=${role} dbname=${database} sslmode=require connect_timeout=10 ${more}`,
        more ? 'IDENTIFY_SYSTEM' : 'select 1',
      )
    const asked = (node: string, request: Request) =>
      runs(node, JSON.stringify(request), 'exec python3 -I -c "$1"', ask)
    const signedIn = (password: Secret, url: string, more: Partial<Request> = {}): Request => ({
      ...{ url, user: `bramble:${password.reveal()}`, ...more },
    })
    const answers: Record<string, boolean> = {
      etcd: await runs(
        primary,
        ' ',
        'ETCDCTL_API=3 etcdctl --endpoints "https://$1:2379" --insecure-skip-tls-verify --cert "$2/crt" --key "$2/key" --command-timeout 10s get --prefix /bramble/ --limit 1',
        address,
        folder,
      ),
      'etcd, as a member': await asked(primary, { url: `https://${address}:2380/version`, identity: folder }),
      'Patroni: change its settings': await asked(
        primary,
        signedIn(secrets.restApi, `https://${address}:8008/config`, {
          method: 'PATCH',
          body: '{"check_timeline": true}',
        }),
      ),
      'PostgreSQL as replicator': await sql('replicator', 'postgres', secrets.replication, 'replication=true'),
      'PostgreSQL as rewind': await sql('rewind', 'postgres', secrets.rewind),
      [`PostgreSQL as ${stage.spec.database.user}`]: await signsIn(stage, secrets.application),
      'PostgreSQL as superuser': await isVerifier(stage, primary, secrets.superuser),
      'statistics of HAProxy': await asked(balancer, signedIn(secrets.statistics, 'http://127.0.0.1:8404/')),
      'statistics of HAProxy for PostgreSQL': await asked(
        balancer,
        signedIn(secrets.statistics, 'http://127.0.0.1:8407/'),
      ),
      SSH: await signsInOverSsh(stage, primary, secrets.ssh.privateKey),
      'its authority is trusted': (await stage.on(primary, 'cat', '/etc/bramble/ca.crt')) === secrets.ca.certificate,
      'its issuer for port 443':
        (await stage.on(balancer, 'cat', '/etc/bramble/site-issuer.key')) ===
        secrets.siteIssuer[balancer]!.key.reveal(),
      'its VRRP password is used': (await stage.on(balancer, 'cat', '/etc/keepalived/keepalived.conf')).includes(
        secrets.vrrp.reveal(),
      ),
    }
    return answers
  } finally {
    await stage.on(primary, 'rm', '-rf', folder)
  }
}

/** Ends replication, so that each replica signs in to the primary again, and waits until all stream. */
export async function replicateAgain(stage: Stage): Promise<void> {
  const transport = await stage.reach(await stage.primary())
  const sql = async (text: string) =>
    (await transport.exec(['psql', '-XAtqw', '-d', 'postgres', '-c', text], { as: 'postgres' })).stdout.trim()
  const replicas = stage.spec.nodes.filter(({ roles }) => roles.includes('postgres')).length - 1
  const before = await sql('select clock_timestamp()')
  await sql('select pg_terminate_backend(pid) from pg_stat_replication')
  const again = `select count(*) from pg_stat_replication where state = 'streaming' and backend_start > '${before}'`
  await eventually(90, async () => expect(await sql(again)).toBe(String(replicas)))
}

async function signsIn(stage: Stage, password: Secret): Promise<boolean> {
  const client = new pg.Client({
    ...stage.database(5000),
    password: password.reveal(),
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** pg_hba.conf lets the superuser in over the local socket only, so its password is compared, by PostgreSQL's own function. */
async function isVerifier(stage: Stage, node: string, password: Secret): Promise<boolean> {
  const script = `import base64, hashlib, hmac, sys
password, verifier = sys.stdin.read().split('\\n')[:2]
rounds, salt = verifier.split('$')[1].split(':')
salted = hashlib.pbkdf2_hmac('sha256', password.encode(), base64.b64decode(salt), int(rounds))
client = hmac.new(salted, b'Client Key', 'sha256').digest()
sys.exit(base64.b64encode(hashlib.sha256(client).digest()).decode() != verifier.split('$')[2].split(':')[0])`
  const transport = await stage.reach(node)
  const argv = [
    'psql',
    '-XAtqw',
    '-d',
    'postgres',
    '-c',
    "select rolpassword from pg_authid where rolname = 'postgres'",
  ]
  const { stdout: verifier } = await transport.exec(argv, { as: 'postgres' })
  const stdin = new Secret(`${password.reveal()}\n${verifier}`)
  return (await transport.exec(['python3', '-I', '-c', script], { stdin })).code === 0
}

async function signsInOverSsh(stage: Stage, node: string, privateKey: Secret): Promise<boolean> {
  const transport = await stage.reach(node)
  try {
    await transport.tryLogin!({ user: stage.spec.ssh.user, privateKey })
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'login-refused') return false
    throw error
  }
}

/** Files of a node, below what programs and people write to, that hold one of the texts; of keys in PEM one line counts. */
export async function secretsOnDisk(stage: Stage, node: string, texts: readonly string[]): Promise<string[]> {
  // Every key of OpenSSH begins with the same line.
  const common = /^(-----|b3BlbnNzaC1rZXktdjE)/
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.length >= 8 && !common.test(line))
  const script = 'grep -rlaF -s -f - /etc /home /root /var /usr/local /run /tmp || [ $? -le 2 ]'
  const transport = await stage.reach(node)
  const { stdout } = await transport.exec(['sh', '-c', script], {
    as: 'root',
    stdin: new Secret(`${lines.join('\n')}\n`),
    timeout: 300_000,
  })
  return stdout.split('\n').filter((line) => line !== '')
}
