/** What the nodes report of an app. */
import type { AppView } from '@bramble/db/apps'
import { DataTable } from '@/charts/board/data-table.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { appPage as words } from './copy.ts'
import { shortDigest } from './short-digest.ts'

const listed = new Intl.ListFormat('en')

export function NodesCard({ app: { status, statusAt } }: { app: AppView }) {
  const { nodeColumns: columns } = words
  const slots = status?.slots ?? []
  const messages = slots.filter(({ message, state }) => message && (state === 'failed' || state === 'missing'))
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.nodes}</CardTitle>
        <CardDescription>
          {words.nodesText}
          {statusAt && (
            <>
              {' '}
              {words.seen} <RelativeTime at={statusAt} />.
            </>
          )}
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {status && status.silent.length > 0 && (
          <Alert tone="warn" title={words.silent(listed.format(status.silent))}>
            {words.silentCure}
          </Alert>
        )}
        {status && status.behind.length > 0 && <Alert tone="warn" title={words.behind(listed.format(status.behind))} />}
        {status && status.unlimited.length > 0 && (
          <Alert tone="warn" title={words.unlimited(listed.format(status.unlimited))}>
            {words.unlimitedCure}
          </Alert>
        )}
        <DataTable
          label={words.nodes}
          empty={words.noReports}
          columns={[
            { title: columns.node },
            { title: columns.slot },
            { title: columns.state },
            { title: columns.release },
            { title: columns.restarts, right: true },
          ]}
          rows={slots.map(({ node, slot, state, release, restarts }) => ({
            key: `${node} ${slot}`,
            cells: [
              node,
              slot,
              <Badge key="state" tone={words.slotStates[state].tone}>
                {words.slotStates[state].label}
              </Badge>,
              shortDigest(release),
              restarts,
            ],
          }))}
        />
        {messages.map(({ node, slot, message }) => (
          <pre
            key={`${node} ${slot}`}
            className="max-h-64 overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-3 text-xs"
          >
            {node}: {message}
          </pre>
        ))}
      </CardContent>
    </Card>
  )
}
