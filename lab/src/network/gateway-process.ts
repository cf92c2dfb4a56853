/** Keeps the gateway running inside the lab's namespace; it ends by itself when its supervisor is gone. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { start } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import type { Layout } from '../host/layout.ts'
import { inNamespace } from './network.ts'

type ChildProcess = ReturnType<typeof start>

export interface GatewayProcess {
  close(): Promise<void>
}

/** argv that runs one of this package's TypeScript files with this very Node. */
export function nodeArgv(file: string, ...args: string[]): string[] {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return [process.execPath, '--import', loader, fileURLToPath(new URL(file, import.meta.url)), ...args]
}

/** Starts the gateway and waits until it listens, 30 s at most. A gateway that dies is started again. */
export async function startGateway(layout: Layout, log: (line: string) => void): Promise<GatewayProcess> {
  let closing = false
  let child = await launch()
  keep(child)

  function keep(current: ChildProcess) {
    current.once('exit', (code) => {
      if (closing) return
      log(`the gateway exited (${code}); restarting`)
      setTimeout(() => {
        if (closing) return
        launch().then(
          (next) => {
            child = next
            keep(next)
          },
          (error: Error) => log(`the gateway cannot be started: ${error.message}`),
        )
      }, 500)
    })
  }

  async function launch(): Promise<ChildProcess> {
    const next = start(inNamespace(layout, nodeArgv('./gateway-main.ts', String(layout.id))), {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ready = await Promise.race([
      once(next.stdout!, 'data').then(() => true),
      once(next, 'exit').then(() => false),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), 30_000).unref()),
    ])
    if (ready) return next
    next.kill('SIGKILL')
    throw new LabError('lab-gateway', `The lab gateway did not start. See ${layout.log}, then try again.`)
  }

  return {
    close: async () => {
      closing = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
