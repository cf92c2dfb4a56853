/** ntfy: a message as JSON to the root of the server, so that no text of ours becomes a header. */
import type { AlertLevel, ChannelOf } from '@bramble/cluster'
import { sendRequest } from '../http-client.ts'
import { cut, type Message } from '../message.ts'

/** Of ntfy: 5 rings through, 3 is ordinary, 2 makes no sound. */
const priorities: Record<AlertLevel, number> = { critical: 5, warning: 4, info: 2 }
const tags: Record<AlertLevel, string> = { critical: 'rotating_light', warning: 'warning', info: 'information_source' }

export function sendNtfy({ server, topic, token, ca }: ChannelOf<'ntfy'>, message: Message): Promise<string> {
  const { kind, level, title, body, link } = message
  return sendRequest({
    url: server,
    body: {
      topic,
      title: cut(title, 200),
      // ntfy turns what is longer than 4096 bytes into an attachment.
      message: cut(body.join('\n\n'), 3800),
      priority: kind === 'alert' ? priorities[level] : 3,
      tags: [kind === 'over' ? 'white_check_mark' : kind === 'test' ? 'wave' : tags[level]],
      ...(link ? { click: link } : {}),
    },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ca,
  })
}
