/** What the worker reads from its environment, checked before it takes any work. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { Refusal } from '@bramble/db'
import { defaultDataDir } from '@bramble/db/data-dir'
import { checkSecretsKey } from '@bramble/db/secrets'

export interface Environment {
  /** Names this worker in leases and logs; another one each time it starts. */
  owner: string
  /** This host, as the flash page shows it. The id stays the same from start to start. */
  station: { id: string; name: string }
  /** BRAMBLE_DATA: uploads lie below it. Its disk is never written as a card. */
  data: string
  /** BRAMBLE_IMAGES: where images are unpacked; default `images` below the data folder. */
  images: string
  /** BRAMBLE_ARRIVALS_PORT: where Pis tell that they boot. */
  arrivalsPort: number
  /** BRAMBLE_URL: the dashboard's address, for links in messages; null: not known. */
  url: string | null
}

/** Throws a Refusal that names what is missing or wrong, and the cure. */
export async function readEnvironment(source: NodeJS.ProcessEnv): Promise<Environment> {
  if (!source.DATABASE_URL)
    throw new Refusal(
      'database-url-missing',
      'DATABASE_URL is not set.',
      'Start Bramble with ./bramble up, which sets it, or set it to the URL of your PostgreSQL.',
    )
  const arrivalsPort = Number(source.BRAMBLE_ARRIVALS_PORT || 3010)
  if (!Number.isInteger(arrivalsPort) || arrivalsPort < 1 || arrivalsPort > 65535)
    throw new Refusal(
      'arrivals-port-invalid',
      `BRAMBLE_ARRIVALS_PORT is ${source.BRAMBLE_ARRIVALS_PORT}.`,
      'Set a port from 1 to 65535, or unset it to use 3010.',
    )
  await checkSecretsKey()
  const data = dataFolder(source)
  await mkdir(data, { recursive: true, mode: 0o700 })
  const name = source.BRAMBLE_STATION?.trim().slice(0, 60) || hostname()
  return {
    owner: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    station: { id: await stationId(source.BRAMBLE_STATION?.trim() ?? ''), name },
    data,
    images: imagesFolder(source),
    arrivalsPort,
    url: URL.canParse(source.BRAMBLE_URL ?? '') ? (source.BRAMBLE_URL ?? null) : null,
  }
}

export const dataFolder = (source: NodeJS.ProcessEnv): string =>
  path.resolve(source.BRAMBLE_DATA || defaultDataDir(source))

export const imagesFolder = (source: NodeJS.ProcessEnv): string =>
  path.resolve(source.BRAMBLE_IMAGES || path.join(dataFolder(source), 'images'))

/** The machine's own number, which nobody may learn, together with the name: two stations on one host are two. */
async function stationId(name: string): Promise<string> {
  const machine = await readFile('/etc/machine-id', 'utf8').catch(() => '')
  return createHash('sha256')
    .update(`bramble station\n${machine.trim() || hostname()}\n${name}`)
    .digest('hex')
    .slice(0, 20)
}
