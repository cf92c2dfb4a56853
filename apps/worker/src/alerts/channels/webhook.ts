/** A webhook of one's own: JSON, signed when a secret was given. */
import { createHmac } from 'node:crypto'
import type { ChannelOf } from '@bramble/cluster'
import { sendRequest } from '../http-client.ts'
import type { Message } from '../message.ts'
import { payloadOf } from './payload.ts'

export function sendWebhook(
  { url, secret, ca }: ChannelOf<'webhook'>,
  message: Message,
  now = new Date(),
): Promise<string> {
  const body = payloadOf(message)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const headers =
    secret === undefined
      ? {}
      : {
          'x-bramble-timestamp': timestamp,
          'x-bramble-signature': signature(secret, timestamp, JSON.stringify(body)),
        }
  return sendRequest({ url, body, headers, ca })
}

/** Over time and body, so that an old message cannot be sent again. */
function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
