/** Clients of the database on a Pi of the lab that is in no cluster: strangers whose power can be cut. */
import { start } from '@bramble/process'
import { consoleCommand } from '../src/index.ts'

const script = `import json, socket, ssl, struct, sys, threading
do = json.loads(sys.stdin.readline())
kept, refused = [], []

def plain():
    return socket.create_connection((do['host'], do['port']), 5)

def half():
    """As far as a stranger without a password gets: TLS, and the name of the user."""
    link = plain()
    link.settimeout(5)
    link.sendall(struct.pack('!II', 8, 80877103))
    if link.recv(1) != b'S':
        raise OSError('closed')
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    link = context.wrap_socket(link)
    words = struct.pack('!I', 196608) + b'user\\0%s\\0database\\0%s\\0\\0' % (do['user'].encode(), do['database'].encode())
    link.sendall(struct.pack('!I', len(words) + 4) + words)
    if not link.recv(1):
        raise OSError('closed')
    return link

def session():
    import psycopg2
    return psycopg2.connect(host=do['host'], port=do['port'], dbname=do['database'], user=do['user'], password=do['password'],
                            sslmode='require', connect_timeout=5)

def one():
    try:
        kept.append(dict(plain=plain, half=half, session=session)[do['kind']]())
    except Exception as error:
        refused.append(str(error))

threads = [threading.Thread(target=one) for _ in range(do['count'])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(dict(kept=len(kept), refused=len(refused), words=refused[:1])), flush=True)
sys.stdin.read()
`

export interface Guests {
  kept: number
  refused: number
  words: string[]
  leave(): void
}

export interface GuestsInput {
  id: number
  node: string
  host: string
  port: number
  user: string
  database: string
  password: string
  /** `plain`: says nothing. `half`: never gives its password. `session`: signed in, and idle. */
  kind: 'plain' | 'half' | 'session'
  count: number
}

/** Resolves when each of them is in or was refused; those that are in stay until `leave`, or until their Pi loses its power. */
export async function startGuests({ id, node, ...told }: GuestsInput): Promise<Guests> {
  const argv = [...(await consoleCommand({ id, node })), '/usr/bin/python3', '-c', script]
  const child = start(argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin!.write(`${JSON.stringify(told)}\n`)
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout!.on('data', (part) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
    child.once('close', () => reject(new Error(`The guests on ${node} ended: ${text}`)))
  })
  return { ...(JSON.parse(line) as Omit<Guests, 'leave'>), leave: () => child.stdin!.end() }
}
