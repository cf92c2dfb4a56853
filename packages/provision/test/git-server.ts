/** A bare repository on this machine behind a real SSH server, and commits to it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { must } from '@bramble/process'
import { makeSshKey, type SshKeyPair } from '../src/secrets/ssh-key.ts'
import { type SshServer, startSshServer } from './ssh-server.ts'

/** Nothing of the user's settings takes part. */
const environment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...{ GIT_AUTHOR_NAME: 'Ada Lovelace', GIT_AUTHOR_EMAIL: 'ada@example.org' },
  ...{ GIT_COMMITTER_NAME: 'Ada Lovelace', GIT_COMMITTER_EMAIL: 'ada@example.org' },
}

export class GitServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'bramble-git-'))
  readonly repository = join(this.folder, 'shop.git')
  readonly work = join(this.folder, 'work')
  /** May read the repository. */
  readonly key: SshKeyPair = makeSshKey('deploy key')
  /** Public keys that may read it, too. */
  readonly authorized: string[] = []
  hostKey: SshKeyPair = makeSshKey('host')
  port = 0
  #server: SshServer | null = null

  /** With an empty repository. */
  static async start(): Promise<GitServer> {
    const server = new GitServer()
    await must(['git', 'init', '--quiet', '--bare', '--initial-branch=main', server.repository], { env: environment })
    await must(['git', 'init', '--quiet', '--initial-branch=main', server.work], { env: environment })
    await server.listen()
    return server
  }

  get url(): string {
    return `ssh://git@127.0.0.1:${this.port}${this.repository}`
  }

  /** As in known_hosts. */
  get hostLine(): string {
    return this.hostKey.public.split(' ').slice(0, 2).join(' ')
  }

  async listen(): Promise<void> {
    this.#server = await startSshServer(
      this.hostKey.private,
      async () => [this.key.public, ...this.authorized].join('\n'),
      () => false,
      this.port,
    )
    this.port = this.#server.port
  }

  /** An empty one beside the first; returns its URL. */
  async addRepository(name: string): Promise<string> {
    const repository = join(this.folder, name)
    await must(['git', 'init', '--quiet', '--bare', '--initial-branch=main', repository], { env: environment })
    return this.url.replace(this.repository, repository)
  }

  /** It shows another one from now on, at the same port. */
  async changeHostKey(): Promise<void> {
    await this.stopListening()
    this.hostKey = makeSshKey('host')
    await this.listen()
  }

  git(...argv: string[]): Promise<string> {
    return must(['git', '-C', this.work, ...argv], { env: environment })
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.work, path)), { recursive: true })
      writeFileSync(join(this.work, path), content)
    }
  }

  /** Commits what is in the work folder and pushes it; returns the commit. */
  async push(message: string, { branch = 'main', force = false } = {}): Promise<string> {
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--allow-empty', '-m', message)
    return this.pushHead(branch, force)
  }

  async pushHead(branch = 'main', force = false): Promise<string> {
    await this.git('push', '--quiet', ...(force ? ['--force'] : []), this.repository, `HEAD:refs/heads/${branch}`)
    return (await this.git('rev-parse', 'HEAD')).trim()
  }

  stopListening(): Promise<void> {
    return this.#server?.stop() ?? Promise.resolve()
  }

  async stop(): Promise<void> {
    await this.stopListening()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
