/** What of a node or cluster an alert is about, for its headline; empty when the title says it. */
import type { AlertView } from '@bramble/db/alerts'

export const subjectOf = ({ rule, subject }: Pick<AlertView, 'rule' | 'subject'>): string =>
  rule === 'run-failed' ? '' : subject
