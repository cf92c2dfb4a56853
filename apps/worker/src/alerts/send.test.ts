import { createHmac } from 'node:crypto'
import { createServer } from 'node:net'
import type { ChannelOf } from '@bramble/cluster'
import type { ToldAlert } from '@bramble/db/alerts'
import { serverCertificate } from '@bramble/provision/test/certificates'
import { afterEach, expect, test } from 'vitest'
import { answering, type HttpReceiver, httpReceiver, type MailReceiver, mailReceiver } from '../../test/receivers.ts'
import { sendEmail } from './channels/email.ts'
import { sendRequest } from './http-client.ts'
import { cut, type Message, messagesOf, plain, timeText } from './message.ts'
import { send } from './send.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((receiver) => receiver.stop()))
})
const http = async (...args: Parameters<typeof httpReceiver>): Promise<HttpReceiver> => {
  const receiver = await httpReceiver(...args)
  open.push(receiver)
  return receiver
}
const mail = async (...args: Parameters<typeof mailReceiver>): Promise<MailReceiver> => {
  const receiver = await mailReceiver(...args)
  open.push(receiver)
  return receiver
}

const url = 'http://bramble.example:3000'
const hostile = `pi"'<b>@everyone</b>\r\nBcc: evil@example.org\n\u2028**bold** [x](http://evil.example)\u0000\u202e`

function alertOf(change: Partial<ToldAlert> = {}): ToldAlert {
  return {
    ...{ id: 'a1', cluster: 'garden', timezone: 'Europe/Zurich', rule: 'node-down', title: 'Node down' },
    ...{ level: 'critical', node: 'pi-3', subject: '', words: 'pi-3 does not answer.', cure: 'Look at its light.' },
    ...{ value: null, since: new Date('2026-11-26T02:12:00Z'), firedAt: new Date('2026-11-26T02:12:30Z') },
    ...{ overAt: null, times: 1 },
    ...change,
  }
}
const fired = (change: Partial<ToldAlert> = {}) => ({
  id: 'd',
  event: 'fired' as const,
  alert: alertOf(change),
  requestedBy: null,
})
const message = (change: Partial<ToldAlert> = {}): Message => messagesOf([fired(change)], url)[0]!
const over = (): Message =>
  messagesOf([{ ...fired({ overAt: new Date('2026-11-26T02:24:00Z') }), event: 'over' }], url)[0]!
const test_ = (): Message =>
  messagesOf([{ id: 'd', event: 'test', alert: null, requestedBy: 'ada@example.org' }], url)[0]!

test('a message says what is wrong, what to do, and since when in the time of the cluster', () => {
  expect(message()).toMatchObject({
    kind: 'alert',
    level: 'critical',
    title: 'garden: Node down: pi-3',
    body: ['pi-3 does not answer.', 'What to do: Look at its light.', 'Since 2026-11-26 03:12 GMT+1.'],
    link: 'http://bramble.example:3000/alerts?cluster=garden',
  })
  expect(over()).toMatchObject({
    kind: 'over',
    title: 'garden: over: Node down: pi-3',
    body: ['It lasted 12 min, until 2026-11-26 03:24 GMT+1.', 'It was: pi-3 does not answer.'],
  })
  expect(test_()).toMatchObject({ kind: 'test', title: 'Bramble: test message' })
  expect(messagesOf([fired()], null)[0]!.link).toBeNull()
  expect(timeText(new Date(0), 'Nowhere/Else')).toBe('1970-01-01 00:00 UTC')
})

test('up to three are told one by one, more of them as one', () => {
  expect(messagesOf([fired(), fired(), fired()], url)).toHaveLength(3)
  const warning = { level: 'warning' as const, title: 'Disk almost full', rule: 'disk-full' }
  const gone = { ...fired({ node: 'pi-9', overAt: new Date('2026-11-26T02:24:00Z') }), event: 'over' as const }
  const many = messagesOf([fired(warning), gone, fired(), fired({ ...warning, node: 'pi-4' })], url)
  expect(many).toHaveLength(1)
  expect(many[0]!.title).toBe('garden: 4 at once (1 critical, 2 warning, 1 over)')
  expect(many[0]!.level).toBe('critical')
  expect(many[0]!.body[0]).toMatch(/^Node down: pi-3\. pi-3 does not answer\. What to do: /)
  expect(many[0]!.body.at(-1)).toBe('over: Node down: pi-9. It lasted 12 min.')
  const two = messagesOf([fired(), fired(), fired(), fired({ cluster: 'attic' })], url)
  expect(two[0]!.title).toMatch(/^garden, attic: 4 at once/)
  expect(two[0]!.link).toBe(`${url}/alerts`)
})

test('ntfy: JSON to the root, priority, tag, click and token', async () => {
  const receiver = await http()
  const config: ChannelOf<'ntfy'> = {
    ...{ kind: 'ntfy', server: `http://127.0.0.1:${receiver.port}`, topic: 'garden', token: 'tk_abc' },
  }
  expect(await send(config, message())).toBe('200: {"id":"1"}')
  await send(config, over())
  await send(config, message({ level: 'info' }))
  await send(config, message({ words: 'ä'.repeat(5000) }))
  const bodies = receiver.received.map(({ body }) => JSON.parse(body))
  expect(receiver.received[0]).toMatchObject({ method: 'POST', path: '/', headers: { authorization: 'Bearer tk_abc' } })
  expect(bodies[0]).toEqual({
    ...{ topic: 'garden', title: 'garden: Node down: pi-3', priority: 5, tags: ['rotating_light'] },
    message: 'pi-3 does not answer.\n\nWhat to do: Look at its light.\n\nSince 2026-11-26 03:12 GMT+1.',
    click: 'http://bramble.example:3000/alerts?cluster=garden',
  })
  expect(bodies[1]).toMatchObject({ priority: 3, tags: ['white_check_mark'] })
  expect(bodies[2]).toMatchObject({ priority: 2 })
  expect(Buffer.byteLength(bodies[3].message)).toBeLessThan(4096)
})

test('a webhook: JSON, signed over time and body when there is a secret', async () => {
  const receiver = await http()
  const address = `http://127.0.0.1:${receiver.port}/hook?x=1`
  await send({ kind: 'webhook', url: address }, message())
  await send({ kind: 'webhook', url: address, secret: 'a secret of mine' }, message())
  const [bare, signed] = receiver.received
  expect(bare!.headers).not.toHaveProperty('x-bramble-signature')
  expect(bare!.path).toBe('/hook?x=1')
  expect(JSON.parse(bare!.body)).toMatchObject({
    ...{ version: 1, kind: 'alert', level: 'critical', title: 'garden: Node down: pi-3' },
    alerts: [
      {
        ...{ event: 'fired', id: 'a1', cluster: 'garden', rule: 'node-down', node: 'pi-3', overAt: null },
        since: '2026-11-26T02:12:00.000Z',
      },
    ],
  })
  const time = String(signed!.headers['x-bramble-timestamp'])
  const expected = createHmac('sha256', 'a secret of mine').update(`${time}.${signed!.body}`).digest('hex')
  expect(signed!.headers['x-bramble-signature']).toBe(`sha256=${expected}`)
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60)
})

test('Home Assistant: its webhook, also below a path', async () => {
  const receiver = await http()
  const at = `http://127.0.0.1:${receiver.port}`
  await send({ kind: 'home-assistant', server: at, webhook: 'bramble-1' }, message())
  await send({ kind: 'home-assistant', server: `${at}/ha/`, webhook: 'bramble-1' }, test_())
  expect(receiver.received.map(({ path }) => path)).toEqual(['/api/webhook/bramble-1', '/ha/api/webhook/bramble-1'])
  expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({ kind: 'test', alerts: [] })
})

test('Discord: an embed whose text is only text', async () => {
  const receiver = await http()
  const config = { kind: 'discord' as const, url: `http://127.0.0.1:${receiver.port}/api/webhooks/1/abc` }
  receiver.answers.push(answering(204))
  expect(await send(config, message())).toBe('204')
  await send(config, message({ words: hostile, cure: hostile, subject: hostile }))
  await send(config, message({ words: 'x_'.repeat(4000) }))
  const [first, second, third] = receiver.received.map(({ body }) => JSON.parse(body))
  expect(first.embeds[0]).toMatchObject({ color: 0xd92d20, url: 'http://bramble.example:3000/alerts?cluster=garden' })
  expect(second.allowed_mentions).toEqual({ parse: [] })
  expect(second.embeds[0].description).toContain('\\@everyone')
  expect(second.embeds[0].description).toContain('\\*\\*bold\\*\\* \\[x\\]\\(http\\:')
  expect(second.embeds[0].title).not.toMatch(/[\r\n\u2028\u202e]/)
  expect(third.embeds[0].description.length).toBeLessThanOrEqual(4000)
  expect(third.embeds[0].description).toMatch(/[^\\]…$/)
})

test('hostile text stays one line of text on every channel', async () => {
  const receiver = await http()
  const at = `http://127.0.0.1:${receiver.port}`
  const smtp = await mail()
  const nasty = message({
    words: hostile,
    cure: hostile,
    node: hostile,
    subject: hostile,
    cluster: hostile,
    title: hostile,
  })
  expect([nasty.title, ...nasty.body].join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  await send({ kind: 'ntfy', server: at, topic: 't' }, nasty)
  await send({ kind: 'webhook', url: at }, nasty)
  await send({ kind: 'home-assistant', server: at, webhook: 'x' }, nasty)
  await sendEmail(email(smtp.port), nasty)
  for (const { headers } of receiver.received) expect(Object.keys(headers)).not.toContain('bcc')
  const [headers = ''] = smtp.mails[0]!.text.split('\r\n\r\n')
  expect(headers.split('\r\n').filter((line) => /^bcc:/i.test(line))).toEqual([])
  expect(smtp.mails[0]!.to).toEqual(['ada@example.org', 'bob@example.org'])
  expect(nasty.link).toMatch(/^http:\/\/bramble\.example:3000\/alerts\?cluster=pi%22/)
  expect(plain('a\u0007b\r\nc')).toBe('a b c')
  expect(cut('äöü', 5)).toBe('ä…')
})

test.each([
  [
    302,
    { location: 'http://127.0.0.1:1/elsewhere' },
    'redirect',
    'redirects elsewhere (302 to http://127.0.0.1:1/elsewhere)',
    false,
  ],
  [401, {}, 'denied', 'refused the request', false],
  [404, {}, 'not-found', 'does not know this address', false],
  [400, {}, 'not-taken', 'returned 400 (no <b>no</b>)', false],
  [500, {}, 'server-error', 'returned 500', true],
  [503, {}, 'server-error', 'returned 503', true],
])('an answer of %i is a sentence with its cure', async (status, headers, code, words, again) => {
  const receiver = await http()
  receiver.answers.push(answering(status, 'no\r\n<b>no</b>', headers))
  const sent = send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/` }, message())
  await expect(sent).rejects.toMatchObject({ code, again, cure: expect.stringMatching(/\.$/) })
  await expect(sent).rejects.toThrow(words)
  // Not followed, and not asked again by itself.
  expect(receiver.received).toHaveLength(1)
})

test('a receiver that asks for time names it', async () => {
  const receiver = await http()
  receiver.answers.push(answering(429, '', { 'retry-after': '120' }))
  await expect(send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/` }, message())).rejects.toMatchObject({
    code: 'too-many',
    again: true,
    after: 120,
  })
})

test('nobody there, no answer, half an answer, an endless one', async () => {
  const gone = await httpReceiver()
  await gone.stop()
  const at = (port: number) => `http://127.0.0.1:${port}/`
  await expect(sendRequest({ url: at(gone.port), body: {} })).rejects.toMatchObject({ code: 'refused', again: true })
  const silent = await http()
  silent.answers.push(() => undefined)
  await expect(sendRequest({ url: at(silent.port), body: {}, timeout: 300 })).rejects.toMatchObject({
    code: 'timeout',
    again: true,
  })
  silent.answers.push((response) => void response.writeHead(200).write('{"half'))
  await expect(sendRequest({ url: at(silent.port), body: {}, timeout: 300 })).rejects.toMatchObject({ code: 'timeout' })
  silent.answers.push((response) => response.destroy())
  await expect(sendRequest({ url: at(silent.port), body: {} })).rejects.toMatchObject({
    code: 'broken-off',
    again: true,
  })
  silent.answers.push((response) => {
    response.writeHead(200)
    const more = () => {
      while (response.writable && response.write('x'.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  })
  expect((await sendRequest({ url: at(silent.port), body: {} })).length).toBeLessThan(220)
})

test('TLS: unknown certificates are refused, given ones are trusted, plain HTTP is noticed', async () => {
  const made = await serverCertificate({ ip: ['127.0.0.1'] })
  const receiver = await http(made)
  const address = `https://127.0.0.1:${receiver.port}/`
  await expect(send({ kind: 'webhook', url: address }, message())).rejects.toMatchObject({
    code: 'certificate',
    again: false,
  })
  expect(await send({ kind: 'webhook', url: address, ca: made.authority }, message())).toMatch(/^200/)
  const other = await serverCertificate({ ip: ['127.0.0.1'] })
  await expect(send({ kind: 'webhook', url: address, ca: other.authority }, message())).rejects.toMatchObject({
    code: 'certificate',
  })
  const wrongName = await http(await serverCertificate({ dns: ['else.example'] }))
  await expect(send({ kind: 'webhook', url: `https://127.0.0.1:${wrongName.port}/` }, message())).rejects.toMatchObject(
    {
      code: 'certificate',
    },
  )
  const bare = await http()
  await expect(send({ kind: 'webhook', url: `https://127.0.0.1:${bare.port}/` }, message())).rejects.toMatchObject({
    code: 'no-tls',
  })
})

const email = (port: number, change: Partial<ChannelOf<'email'>> = {}): ChannelOf<'email'> => ({
  ...{ kind: 'email', host: '127.0.0.1', port, security: 'none', from: 'bramble@example.org' },
  to: ['ada@example.org', 'bob@example.org'],
  ...change,
})

test('e-mail: plain text to all, marked as sent by a machine', async () => {
  const smtp = await mail()
  expect(await send(email(smtp.port), message({ words: 'pi-3 schläft.' }))).toMatch(/^250/)
  const { from, to, text, secure } = smtp.mails[0]!
  expect({ from, to, secure }).toEqual({
    from: 'bramble@example.org',
    to: ['ada@example.org', 'bob@example.org'],
    secure: false,
  })
  expect(text).toContain('Subject: [Bramble] garden: Node down: pi-3')
  expect(text).toContain('Auto-Submitted: auto-generated')
  expect(text).toContain('Content-Type: text/plain; charset=utf-8')
  expect(text).toMatch(/X-Priority: 1/)
})

test('e-mail: signed in over TLS from the start, and over STARTTLS', async () => {
  const made = await serverCertificate({ ip: ['127.0.0.1'] })
  const tls = { cert: made.certificate, key: made.key, password: 'right one' }
  const login = { user: 'bramble', password: 'right one', ca: made.authority }
  const direct = await mail({ ...tls, secure: true })
  await send(email(direct.port, { security: 'tls', ...login }), message())
  expect(direct.mails[0]).toMatchObject({ user: 'bramble', secure: true })
  const starting = await mail(tls)
  await send(email(starting.port, { security: 'starttls', ...login }), message())
  expect(starting.mails[0]).toMatchObject({ user: 'bramble', secure: true })

  const untrusted = send(email(direct.port, { security: 'tls', ...login, ca: undefined }), message())
  await expect(untrusted).rejects.toMatchObject({ code: 'certificate', again: false })
  const wrong = send(email(starting.port, { security: 'starttls', ...login, password: 'wrong one' }), message())
  await expect(wrong).rejects.toMatchObject({ code: 'login-refused', again: false })
  await expect(wrong).rejects.toThrow('refused the user or the password')
  await expect(wrong).rejects.not.toThrow('wrong one')
})

test('e-mail: without the TLS that was chosen nothing is sent', async () => {
  const bare = await mail({ password: 'right one' })
  const login = { user: 'bramble', password: 'right one' }
  const starttls = send(email(bare.port, { security: 'starttls', ...login }), message())
  await expect(starttls).rejects.toMatchObject({ code: 'no-tls', again: false })
  const direct = send(email(bare.port, { security: 'tls', ...login }), message())
  await expect(direct).rejects.toMatchObject({ code: 'no-tls', again: false })
  expect(bare.mails).toEqual([])
})

test('e-mail: refused receivers, a full server, nobody there, silence', async () => {
  const refusing = await mail({ onRcptTo: (_address, _session, done) => done(new Error('5.1.1 No such user')) })
  await expect(send(email(refusing.port), message())).rejects.toMatchObject({ code: 'address-refused', again: false })
  const full = await mail({
    onMailFrom: (_address, _session, done) => done(Object.assign(new Error('4.3.1 Disk full'), { responseCode: 452 })),
  })
  await expect(send(email(full.port), message())).rejects.toMatchObject({ code: 'later', again: true })
  const wanting = await mail({ password: 'x' })
  await expect(send(email(wanting.port), message())).rejects.toMatchObject({ again: false })
  const gone = await mailReceiver()
  await gone.stop()
  await expect(send(email(gone.port), message())).rejects.toMatchObject({ code: 'refused', again: true })
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  open.push({ stop: () => new Promise((resolve) => silent.close(() => resolve())) })
  const { port } = silent.address() as { port: number }
  await expect(sendEmail(email(port), message(), 300)).rejects.toMatchObject({ code: 'timeout', again: true })
})
