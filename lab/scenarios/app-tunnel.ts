/** A connection to an app that was upgraded, as a WebSocket is: each line is answered by the release that took it. */
import { connect } from 'node:net'
import { eventually } from './stage.ts'

export async function openTunnel(site: string, host: string) {
  const { hostname, port } = new URL(site)
  const socket = connect(Number(port), hostname)
  let [heard, ended] = ['', false]
  socket.on('data', (part) => {
    heard += String(part)
  })
  // A reset ends it as well.
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = true
    })
  socket.write(`GET /tunnel HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`)
  const until = async (text: string) => {
    const at = await eventually(20, async () => {
      const found = heard.indexOf(text)
      if (found < 0 && !ended) throw new Error(`No "${text}" in ${heard}`)
      return found
    })
    if (at < 0) throw new Error('The connection ended')
    return heard.slice(0, at)
  }
  await until('\r\n\r\n')
  return {
    async say(line: string): Promise<string> {
      heard = ''
      socket.write(`${line}\n`)
      return until('\n')
    },
    hasEnded: () => ended,
    close: () => socket.destroy(),
  }
}
