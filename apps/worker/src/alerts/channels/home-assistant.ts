/** Home Assistant: the webhook trigger of an automation gets the same JSON as a webhook of one's own. */
import type { ChannelOf } from '@bramble/cluster'
import { sendRequest } from '../http-client.ts'
import type { Message } from '../message.ts'
import { payloadOf } from './payload.ts'

export function sendHomeAssistant(
  { server, webhook, ca }: ChannelOf<'home-assistant'>,
  message: Message,
): Promise<string> {
  const base = server.endsWith('/') ? server : `${server}/`
  return sendRequest({ url: new URL(`api/webhook/${webhook}`, base).href, body: payloadOf(message), ca })
}
