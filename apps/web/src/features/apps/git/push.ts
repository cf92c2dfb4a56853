/** What a webhook says was pushed. Pure. */
import { z } from 'zod'

const repository = z.object({ default_branch: z.string().optional() }).optional()

/** The part that GitHub, GitLab, Gitea and Forgejo have in common. */
const Push = z.object({ ref: z.string(), after: z.string().optional(), repository, project: repository })

export type PushVerdict = { state: 'accepted' } | { state: 'ignored'; reason: string }

/** `branch` null: the default branch. `tip`: the newest commit that a deploy was asked for. */
export function judgePush(
  sent: Pick<Headers, 'get'>,
  body: Uint8Array,
  { branch, tip }: { branch: string | null; tip: string | null },
): PushVerdict {
  const ignored = (reason: string): PushVerdict => ({ state: 'ignored', reason })
  const event = sent.get('x-github-event') ?? sent.get('x-gitea-event') ?? sent.get('x-gitlab-event') ?? ''
  if (!/^push(?: hook)?$/i.test(event)) return ignored('The event is not a push.')
  const push = Push.safeParse(parsed(sent.get('content-type') ?? '', Buffer.from(body).toString('utf8'))).data
  if (!push) return ignored('The body does not name a branch.')
  const wanted = branch ?? push.repository?.default_branch ?? push.project?.default_branch
  if (!push.ref.startsWith('refs/heads/') || (wanted !== undefined && push.ref !== `refs/heads/${wanted}`))
    return ignored('Another branch was pushed.')
  if (/^0+$/.test(push.after ?? '')) return ignored('The branch was deleted.')
  if (push.after !== undefined && push.after === tip) return ignored('A deploy of this commit was asked for already.')
  return { state: 'accepted' }
}

/** GitHub sends a form unless it is told to send JSON. */
function parsed(type: string, text: string): unknown {
  const json = type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(text).get('payload') : text
  try {
    return JSON.parse(json ?? '')
  } catch {
    return null
  }
}
