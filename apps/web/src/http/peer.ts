/** From which address a request really comes. Next takes the word of whoever sends `X-Forwarded-For`; this does not. */
import diagnostics from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** The last hop before a proxy on this machine, or the peer itself. A header from anyone else is a claim. */
export function peerOf(peer: string, forwarded: string | undefined): string {
  const bare = peer.replace(/^::ffff:(?=[\d.]+$)/, '')
  const isHere = bare === '::1' || bare.startsWith('127.')
  return (isHere && forwarded?.split(',').at(-1)?.trim()) || bare
}

/** Before any handler sees a request. */
export function correctPeers(): void {
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request
    const forwarded = headers['x-forwarded-for']
    headers['x-forwarded-for'] = peerOf(socket.remoteAddress ?? '', String(forwarded ?? '') || undefined)
  })
}
