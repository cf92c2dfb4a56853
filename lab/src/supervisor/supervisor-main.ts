/** Entry of the supervisor process: `supervisor-main.ts <lab number>`. Its standard output is the lab's log. */
import { layoutOf } from '../host/layout.ts'
import { withLock } from '../host/lock.ts'
import { Supervisor } from './supervisor.ts'

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`)
process.on('uncaughtException', (error) => log(`unexpected: ${error.stack}`))
process.on('unhandledRejection', (error) => log(`unexpected: ${error instanceof Error ? error.stack : error}`))
process.on('SIGHUP', () => undefined)

try {
  const layout = layoutOf(Number(process.argv[2]))
  // Held for life: two supervisors would boot the same disks.
  await withLock(`supervisor-${layout.id}`, 10_000, async () => {
    await new Supervisor(layout, log).serve()
    await new Promise(() => undefined)
  })
} catch (error) {
  log(`cannot serve: ${error instanceof Error ? error.stack : error}`)
  process.exit(1)
}
