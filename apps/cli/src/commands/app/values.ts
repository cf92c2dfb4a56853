/** Secret values of apps on this machine, beside the cluster's secrets: files that only their owner reads. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppSpec } from '@bramble/cluster'
import { newPassword, Secret } from '@bramble/provision'
import { environmentFile } from '@bramble/provision/serving'

type Kept = Record<string, { environment: Record<string, string>; databasePassword?: string }>

export class AppValues {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** What `env set` stored. */
  environment(app: string): Record<string, string> {
    return this.#read()[app]?.environment ?? {}
  }

  setEnvironment(app: string, environment: Record<string, string>): void {
    const kept = this.#read()
    this.#write('apps.json', { ...kept, [app]: { ...kept[app], environment } } satisfies Kept)
  }

  /** Made when it is asked for first. */
  databasePassword(app: string): Secret {
    const kept = this.#read()
    const known = kept[app]?.databasePassword
    if (known) return new Secret(known)
    const databasePassword = newPassword()
    this.#write('apps.json', { ...kept, [app]: { environment: {}, ...kept[app], databasePassword } })
    return new Secret(databasePassword)
  }

  /** What a deploy gives the processes: the values of the cluster file, and those of `env set`, which come before them. */
  complete(app: AppSpec): Record<string, string> {
    return { ...app.environment, ...this.environment(app.name) }
  }

  /** Keeps the values that a release serves with, for a rollback; returns the digest of its file on the nodes. */
  keep(app: string, environment: Record<string, string>): string {
    const digest = createHash('sha256').update(environmentFile(environment)).digest('hex')
    this.#write(join('environments', app, `${digest}.json`), environment)
    return digest
  }

  /** Null: they are not kept here. */
  kept(app: string, digest: string): Record<string, string> | null {
    const path = join(this.#folder, 'environments', app, `${digest}.json`)
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : null
  }

  remove(app: string): void {
    const { [app]: _, ...rest } = this.#read()
    this.#write('apps.json', rest)
    rmSync(join(this.#folder, 'environments', app), { recursive: true, force: true })
  }

  #read(): Kept {
    const path = join(this.#folder, 'apps.json')
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : {}
  }

  #write(name: string, value: unknown): void {
    const path = join(this.#folder, name)
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}
