/** The lines between the stages of the path: from where to where, and what goes over them. Pure. */
import type { Flow } from './flow.ts'
import type { Post, PostState, Replica, Traffic } from './traffic.ts'

export interface Edge {
  /** Percent of the width. */
  from: number
  to: number
  state: PostState
  /** Something goes over it in this moment. */
  moving: boolean
  /** At its lower end: a figure with its unit. */
  label: string | null
  late?: boolean
}

export interface FlowWords {
  perSecond: (value: number) => string
  behind: (by: string) => string
}

/** Above this many posts a stage is told as a list. */
export const shownAtMost = 8

/** Centres of the posts of a stage in percent of the width. */
function slots(count: number): number[] {
  if (count === 0 || count > shownAtMost) return [50]
  return Array.from({ length: count }, (_, at) => ((at + 0.5) / count) * 100)
}

/** Of several states the one that a line to all of them has. */
function joint(posts: readonly { state: PostState }[]): PostState {
  const order: PostState[] = ['carries', 'ready', 'unknown', 'off', 'broken']
  return order.find((state) => posts.some((post) => post.state === state)) ?? 'unknown'
}

function ends<P extends Post>(posts: readonly P[]): { at: number; post: P | null; state: PostState }[] {
  if (posts.length > shownAtMost) return [{ at: 50, post: null, state: joint(posts) }]
  return slots(posts.length).flatMap((at, i) => {
    const post = posts[i]
    return post ? [{ at, post, state: post.state }] : []
  })
}

export function toBalancers(traffic: Traffic, flow: Flow | null): Edge[] {
  const busy = (flow?.requests.value ?? 0) > 0 || (traffic.writing ?? 0) + (traffic.reading ?? 0) > 0
  return ends(traffic.balancers).map(({ at, state }) => ({
    from: 50,
    to: at,
    state,
    moving: state === 'carries' && busy,
    label: null,
  }))
}

/** From the balancer with the address to every web server. */
export function toWebs(traffic: Traffic, flow: Flow | null, words: Pick<FlowWords, 'perSecond'>): Edge[] {
  const holder = ends(traffic.balancers).find(({ state }) => state === 'carries')
  const start = holder?.at ?? 50
  return ends(traffic.webs).map(({ at, post, state }) => {
    const rate = post ? (flow?.servers.get(`web/${post.node}`) ?? null) : (flow?.requests.value ?? null)
    const open = holder ? state : state === 'carries' ? 'unknown' : state
    return {
      from: start,
      to: at,
      state: open,
      moving: open === 'carries' && (rate ?? 0) > 0,
      label: rate === null || open !== 'carries' ? null : words.perSecond(rate),
    }
  })
}

/** From the web servers to the place of the primary. */
export function toPrimary(traffic: Traffic): Edge[] {
  const open = traffic.primary?.state ?? 'broken'
  return ends(traffic.webs)
    .filter(({ state }) => state === 'carries' || state === 'unknown')
    .map(({ at, state }) => ({
      from: at,
      to: 50,
      state: state === 'unknown' ? 'unknown' : open,
      moving: state === 'carries' && open === 'carries' && (traffic.writing ?? 0) > 0,
      label: null,
    }))
}

export function toReplicas(traffic: Traffic, flow: Flow | null, words: Pick<FlowWords, 'behind'>): Edge[] {
  const writes = (flow?.transactions.value ?? 0) > 0
  return ends<Replica>(traffic.replicas).map(({ at, post, state }) => {
    // Without a primary nothing is sent, though the copy is there.
    const open = traffic.primary === null && state === 'carries' ? 'ready' : state
    return {
      from: 50,
      to: at,
      state: open,
      moving: open === 'carries' && writes,
      label: post?.behind ? words.behind(post.behind) : null,
      late: post?.late ?? false,
    }
  })
}
