/** E-mail over SMTP: plain text, one connection a message, and TLS as the channel says or nothing is sent. */

import { rootCertificates } from 'node:tls'
import type { ChannelOf } from '@bramble/cluster'
import { createTransport } from 'nodemailer'
import { timeoutMs } from '../http-client.ts'
import { type Message, plain } from '../message.ts'
import { networkTrouble, SendTrouble } from '../send-trouble.ts'

export async function sendEmail(config: ChannelOf<'email'>, message: Message, timeout = timeoutMs): Promise<string> {
  const { host, port, security, user, password, from, to, ca } = config
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout, dnsTimeout: timeout },
    // Nothing of a message is ever read from a file or fetched from an address.
    ...{ disableFileAccess: true, disableUrlAccess: true },
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
  })
  try {
    const { response } = await transport.sendMail({
      from: { name: 'Bramble', address: from },
      to: to.map((address) => ({ name: '', address })),
      subject: plain(`[Bramble] ${message.title}`).slice(0, 200),
      text: textOf(message),
      priority: message.kind === 'alert' && message.level === 'critical' ? 'high' : 'normal',
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    return plain(response).slice(0, 200)
  } catch (error) {
    throw mailTrouble(error as MailError, `${host}:${port}`, config)
  } finally {
    transport.close()
  }
}

function textOf({ body, link }: Message): string {
  return [
    ...body,
    ...(link ? [link] : []),
    '-- \nSent by Bramble. Its settings, under Notifications, say to whom.',
  ].join('\n\n')
}

interface MailError extends Error {
  code?: string
  responseCode?: number
  response?: string
}

function mailTrouble(error: MailError, place: string, { security, user }: ChannelOf<'email'>): SendTrouble {
  const said = error.response ? ` (${plain(error.response).slice(0, 200)})` : ''
  const make = (code: string, message: string, cure: string, again: boolean) =>
    new SendTrouble(code, message, cure, { cause: error, again })
  if (error.code === 'EAUTH')
    return make(
      'login-refused',
      user === undefined ? `${place} requires a login${said}.` : `${place} refused the user or the password${said}.`,
      user === undefined
        ? 'Enter the user and the password of the mailbox.'
        : 'Check both. Many providers require an app password instead of the mailbox password.',
      false,
    )
  if (error.code === 'ETLS' || /STARTTLS/i.test(error.message))
    return make(
      'no-tls',
      `${place} does not offer TLS, so nothing was sent.`,
      security === 'starttls'
        ? 'Try port 465 with TLS from the start; without TLS, others could read the password.'
        : 'Check the port.',
      false,
    )
  const network = networkTrouble(error, place)
  if (network) return network
  const status = error.responseCode ?? 0
  if (status >= 400 && status < 500)
    return make('later', `${place} cannot accept the message now${said}.`, 'Bramble retries.', true)
  if (error.code === 'EENVELOPE')
    return make(
      'address-refused',
      `${place} refused the sender or a recipient${said}.`,
      'Check the addresses of the channel.',
      false,
    )
  if (status >= 500)
    return make(
      'not-taken',
      `${place} refused the message${said}.`,
      'Its response gives the reason. See the help pages of the provider.',
      false,
    )
  return make('smtp', `${place}: ${plain(error.message)}.`, 'Check host, port, and encryption.', true)
}
