/** `tsx src/main.ts`: a worker until SIGTERM. */
import { disconnect, Refusal } from '@bramble/db'
import { readEnvironment } from './env.ts'
import { startWorker } from './worker.ts'

/** sysexits: wrong configuration. Starting again does not help. */
const misconfigured = 78
const endMs = 15_000

try {
  const environment = await readEnvironment(process.env)
  const worker = await startWorker(environment)
  console.log(`Bramble's worker ${environment.owner} is ready`)
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(1), endMs).unref()
    await worker.stop()
    await disconnect()
    process.exit(0)
  }
  process.on('SIGTERM', () => void end())
  process.on('SIGINT', () => void end())
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(`Bramble's worker does not start.\n${error.message} ${error.cure}`)
  process.exit(misconfigured)
}
