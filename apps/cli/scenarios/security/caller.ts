/** Whoever calls the dashboard: plain HTTP, with any header a browser or an attacker could send. */
import { request } from 'node:http'

export interface Ask {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: Buffer | string
  /** Look at the head only, e.g. of a stream that does not end. */
  headOnly?: boolean
  /** Seconds; a minute when not given. */
  patience?: number
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export function ask(url: string, asked: Ask): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body, headOnly, patience = 60 } = asked
  const target = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: target.hostname, port: target.port, method, path, headers: { host: target.host, ...headers } },
      (answer) => {
        const done = (text: string) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text })
        if (headOnly) {
          done('')
          answer.destroy()
          return
        }
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
        answer.on('error', reject)
      },
    )
    const late = () => sent.destroy(new Error(`${method} ${path}: no answer within ${patience} s`))
    sent.setTimeout(patience * 1000, late)
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Name to value, of the cookies that the answer sets. */
export function cookiesOf(answer: Answer): Map<string, string> {
  const set = [answer.headers['set-cookie'] ?? []].flat()
  return new Map(
    set.map((line) => {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    }),
  )
}

/** The arguments of a server action as React sends them. A FormData travels beside the list that refers to it. */
export async function encodeArguments(args: readonly unknown[]): Promise<{ body: Buffer; type: string }> {
  const at = args.findIndex((arg) => arg instanceof FormData)
  if (at < 0) return { body: Buffer.from(JSON.stringify(args)), type: 'text/plain;charset=UTF-8' }
  const form = new FormData()
  for (const [name, value] of args[at] as FormData) form.append(`_1_${name}`, value)
  form.append('0', JSON.stringify(args.map((arg, i) => (i === at ? '$K1' : arg))))
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  return { body: Buffer.from(await encoded.arrayBuffer()), type }
}

export function form(fields: Record<string, string>): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.append(name, value)
  return made
}
