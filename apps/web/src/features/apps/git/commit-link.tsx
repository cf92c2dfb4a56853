/** A commit by its short name, with a link to its page where that is known. */
import { commitLink, shortCommit } from '@bramble/cluster'

export function CommitLink({ url, commit }: { url: string; commit: string }) {
  const page = commitLink({ url, commit })
  const text = shortCommit(commit)
  if (page === null) return <span className="numeric">{text}</span>
  return (
    <a className="numeric text-primary underline-offset-4 hover:underline" href={page} rel="noreferrer">
      {text}
    </a>
  )
}
