/** The one door out: a message to a channel. */
import type { ChannelConfig } from '@bramble/cluster'
import { sendDiscord } from './channels/discord.ts'
import { sendEmail } from './channels/email.ts'
import { sendHeartbeat } from './channels/heartbeat.ts'
import { sendHomeAssistant } from './channels/home-assistant.ts'
import { sendNtfy } from './channels/ntfy.ts'
import { sendWebhook } from './channels/webhook.ts'
import type { Message } from './message.ts'

/** What the receiver answered. Throws SendTrouble. */
export function send(config: ChannelConfig, message: Message): Promise<string> {
  switch (config.kind) {
    case 'ntfy':
      return sendNtfy(config, message)
    case 'email':
      return sendEmail(config, message)
    case 'home-assistant':
      return sendHomeAssistant(config, message)
    case 'discord':
      return sendDiscord(config, message)
    case 'webhook':
      return sendWebhook(config, message)
    case 'heartbeat':
      return sendHeartbeat(config)
  }
}
