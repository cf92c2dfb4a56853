/** Entry of the gateway process: `gateway-main.ts <lab number>`, run inside the lab's network namespace. */

import { layoutOf } from '../host/layout.ts'
import { serveGateway } from './gateway.ts'

process.on('uncaughtException', (error) => console.error(`gateway: ${error.stack}`))
await serveGateway(layoutOf(Number(process.argv[2])))
console.log('listening')
// The supervisor holds the other end of standard input: when it dies, by whatever means, the gateway goes too.
process.stdin.on('end', () => process.exit(0)).resume()
