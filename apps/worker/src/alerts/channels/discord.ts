/** Discord: one embed. Nobody is mentioned, and signs of its markup stay signs. */
import type { AlertLevel, ChannelOf } from '@bramble/cluster'
import { sendRequest } from '../http-client.ts'
import type { Message } from '../message.ts'

const colours: Record<AlertLevel, number> = { critical: 0xd92d20, warning: 0xf79009, info: 0x2e90fa }
const good = 0x12b76a

export function sendDiscord({ url, ca }: ChannelOf<'discord'>, message: Message): Promise<string> {
  const { kind, level, title, body, link } = message
  return sendRequest({
    url,
    body: {
      username: 'Bramble',
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: cutTo(escaped(title), 250),
          description: cutTo(body.map(escaped).join('\n\n'), 4000),
          color: kind === 'over' ? good : colours[level],
          ...(link ? { url: link } : {}),
        },
      ],
    },
    ca,
  })
}

/** Markup, mentions and links of Discord as plain text. */
function escaped(text: string): string {
  return text.replace(/[\\`*_~|<>[\]()#@:-]/g, (sign) => `\\${sign}`)
}

/** Discord counts characters; an escape is not cut in two. */
function cutTo(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/\\$|[\ud800-\udbff]$/, '')}…`
}
