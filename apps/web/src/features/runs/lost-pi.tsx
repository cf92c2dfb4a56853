/** A Pi that was removed and could not be reached: its card still opens the cluster, until the secrets are replaced. */
import Link from 'next/link'
import { Alert } from '@/ui/alert.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { lostPi as words } from './copy.ts'
import type { RunView } from './view.ts'

/** Nothing for other runs. */
export function LostPi({ run }: { run: Pick<RunView, 'status' | 'kind' | 'outcome' | 'cluster'> }) {
  const built = run.kind === 'provision' || run.kind === 'reprovision'
  // Of a run that succeeded, only a node that left without being asked was skipped.
  const lost =
    built && run.status === 'succeeded' ? run.outcome?.nodes.find(({ outcome }) => outcome === 'skipped') : null
  if (!lost) return null
  return (
    <Alert
      className="flex-wrap"
      tone="warn"
      title={words.title(lost.node)}
      actions={
        <Link className={buttonStyle({ size: 'sm' })} href={`/clusters/${run.cluster}?do=rotate-secrets`}>
          {words.button}
        </Link>
      }
    >
      {words.text}
    </Alert>
  )
}
