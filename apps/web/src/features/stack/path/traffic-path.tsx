/** The traffic's path, drawn top down: virtual IP, HAProxy, web, the primary, the replicas. */
import { Crown, Database, Flag, Globe, Scale } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '@/ui/cn.ts'
import { AppPosts } from './app-posts.tsx'
import { path } from './copy.ts'
import { shownAtMost, toBalancers, toPrimary, toReplicas, toWebs } from './edges.ts'
import { Fan } from './fan.tsx'
import type { Flow } from './flow.ts'
import type { Post, PostState, Traffic } from './traffic.ts'

interface PathProps {
  cluster: string
  traffic: Traffic
  /** Null: no figures (yet). */
  flow: Flow | null
}

export function TrafficPath({ cluster, traffic, flow }: PathProps) {
  const { requests, errors, transactions } = flow ?? {}
  const failing = (errors?.value ?? 0) > 0
  return (
    <figure className="grid" aria-label={path.label}>
      <Stage title={path.address} note={traffic.address.note} bad={traffic.address.state === 'broken'}>
        <div
          className={cn(
            'mx-auto flex items-center gap-2 rounded-md border-2 px-4 py-1.5 font-mono font-semibold text-sm',
            traffic.address.state === 'broken'
              ? 'border-bad border-dashed bg-bad-subtle text-bad'
              : 'border-primary bg-primary-subtle text-primary',
          )}
        >
          <Flag className="size-4" aria-hidden />
          {traffic.vip}
        </div>
      </Stage>
      <Fan
        edges={toBalancers(traffic, flow)}
        label={
          typeof requests?.value === 'number' ? (
            <>
              {path.requests(requests.value)}
              {failing && <span className="font-medium text-bad">{path.errors(errors?.value ?? 0)}</span>}
            </>
          ) : null
        }
      />
      <Stage title={path.balancers}>
        <Posts cluster={cluster} posts={traffic.balancers} icon={Scale} none={path.noBalancers} />
      </Stage>
      <Fan edges={toWebs(traffic, flow, path)} />
      <Stage title={path.webs}>
        <Posts cluster={cluster} posts={traffic.webs} icon={Globe} none={path.noWebs} />
        <AppPosts cluster={cluster} apps={traffic.apps} />
      </Stage>
      <Fan
        edges={toPrimary(traffic)}
        at="end"
        label={
          <>
            {path.back}
            {traffic.writing !== null && <span>· {path.connections(traffic.writing)}</span>}
          </>
        }
      />
      <Stage
        title={path.database}
        note={typeof transactions?.value === 'number' ? path.transactions(transactions.value) : undefined}
      >
        {traffic.primary ? (
          <PostLink cluster={cluster} post={traffic.primary} className="mx-auto px-4" strong>
            <Crown className="size-4 shrink-0" aria-hidden />
            {traffic.primary.node}
            <span className="sr-only">: {path.primary}</span>
          </PostLink>
        ) : (
          <p
            className={cn(
              'mx-auto w-fit rounded-md border border-dashed px-3 py-1.5 text-sm',
              traffic.address.state === 'unknown'
                ? 'border-border text-muted'
                : 'border-bad bg-bad-subtle font-medium text-bad',
            )}
          >
            {traffic.noPrimary}
          </p>
        )}
      </Stage>
      {traffic.replicas.length > 0 && (
        <>
          <Fan edges={toReplicas(traffic, flow, path)} />
          <Stage note={traffic.reading ? path.reading(traffic.reading) : undefined}>
            <Posts cluster={cluster} posts={traffic.replicas} icon={Database} none="" />
          </Stage>
        </>
      )}
    </figure>
  )
}

function Stage({
  title,
  note,
  bad,
  children,
}: {
  title?: string
  note?: string | undefined
  bad?: boolean
  children: ReactNode
}) {
  return (
    <div className="grid gap-1.5 rounded-lg bg-sunken/70 px-2 py-2">
      {(title || note) && (
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 px-1 text-xs">
          <span className="font-medium">{title}</span>
          <span className={cn('numeric', bad ? 'font-medium text-bad' : 'text-muted')}>{note}</span>
        </div>
      )}
      {children}
    </div>
  )
}

function Posts({
  cluster,
  posts,
  icon: Icon,
  none,
}: {
  cluster: string
  posts: readonly Post[]
  icon: typeof Scale
  none: string
}) {
  if (posts.length === 0) return <p className="px-1 text-center font-medium text-sm text-warn">{none}</p>
  if (posts.length > shownAtMost)
    return (
      <p className="px-1 text-center text-sm">
        {path.many(posts.length)}: {posts.map(({ node }) => node).join(', ')}
      </p>
    )
  return (
    <ul className="-mx-2 grid list-none" style={{ gridTemplateColumns: `repeat(${posts.length}, minmax(0, 1fr))` }}>
      {posts.map((post) => (
        <li key={post.node} className="grid min-w-0 justify-items-center px-1">
          <PostLink cluster={cluster} post={post}>
            {posts.length <= 4 && <Icon className="size-3.5 shrink-0" aria-hidden />}
            {post.node}
          </PostLink>
        </li>
      ))}
    </ul>
  )
}

const inks: Record<PostState, string> = {
  carries: 'border-primary/40 bg-primary-subtle text-primary',
  ready: 'border-border bg-surface text-foreground',
  off: 'border-warn/50 border-dashed bg-warn-subtle text-warn',
  broken: 'border-bad/60 border-dashed bg-bad-subtle text-bad',
  unknown: 'border-border bg-surface text-muted',
}

function PostLink({
  cluster,
  post,
  strong,
  className,
  children,
}: {
  cluster: string
  post: Post
  strong?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <Link
      href={`/clusters/${cluster}/nodes/${post.node}`}
      title={`${post.node}: ${post.note}`}
      className={cn(
        'grid max-w-full justify-items-center rounded-md border px-2 py-1 text-xs transition-colors hover:border-foreground',
        inks[post.state],
        strong && post.state === 'carries' && 'border-primary bg-primary text-primary-foreground',
        className,
      )}
    >
      <span className="flex max-w-full items-center gap-1.5 truncate font-semibold">{children}</span>
      <span className={cn('max-w-full truncate text-[0.6875rem]', !strong && post.state === 'ready' && 'text-muted')}>
        {post.note}
      </span>
    </Link>
  )
}
