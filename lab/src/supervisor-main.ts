/** Entry of the supervisor process: `supervisor-main.ts <lab number>`. Its standard output is the lab's log. */
import { layoutOf } from './layout.ts'
import { Supervisor } from './supervisor.ts'

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`)
process.on('uncaughtException', (error) => log(`unexpected: ${error.stack}`))
process.on('unhandledRejection', (error) => log(`unexpected: ${error instanceof Error ? error.stack : error}`))
process.on('SIGHUP', () => undefined)

try {
  await new Supervisor(layoutOf(Number(process.argv[2])), log).serve()
} catch (error) {
  log(`cannot serve: ${error instanceof Error ? error.stack : error}`)
  process.exit(1)
}
