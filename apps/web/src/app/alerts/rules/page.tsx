import { ClusterName, type RuleTopic, ruleTopics } from '@bramble/cluster'
import { readRuleSettings } from '@bramble/db/alerts'
import { listClusters } from '@bramble/db/clusters'
import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { access, reaches } from '@/auth/access.ts'
import { ClusterChoice } from '@/features/alerts/cluster-choice.tsx'
import { ruleEditor, topicWords, alerts as words } from '@/features/alerts/copy.ts'
import { RuleRow } from '@/features/alerts/rules/rule-row.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Card, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Empty, Page } from '@/ui/page.tsx'

export const metadata: Metadata = { title: ruleEditor.title }

const Query = z.object({ cluster: ClusterName.optional().catch(undefined) })

export default async function RulesPage({ searchParams }: { searchParams: Promise<Record<string, unknown>> }) {
  const who = await access.require('viewer')
  const asked = Query.parse(await searchParams).cluster
  const clusters = (await listClusters()).map(({ name }) => name)
  const cluster = clusters.find((name) => name === asked) ?? clusters[0]
  const admin = reaches(who.role, 'admin')
  const eyebrow = <Link href="/alerts">{ruleEditor.back}</Link>
  if (cluster === undefined)
    return (
      <Page title={ruleEditor.title} eyebrow={eyebrow}>
        <Empty title={ruleEditor.noCluster}>
          <p>{ruleEditor.noClusterText}</p>
          <Link className={buttonStyle({ variant: 'primary' })} href="/">
            {words.toClusters}
          </Link>
        </Empty>
      </Page>
    )
  const settings = await readRuleSettings(cluster)
  return (
    <Page
      title={ruleEditor.title}
      eyebrow={eyebrow}
      description={ruleEditor.description(cluster)}
      actions={<ClusterChoice path="/alerts/rules" clusters={clusters} value={cluster} />}
    >
      {!admin && <p className="text-muted text-sm">{ruleEditor.lookOnly}</p>}
      {(Object.keys(ruleTopics) as RuleTopic[]).map((topic) => (
        <Card key={topic}>
          <CardHeader>
            <CardTitle>{topicWords[topic].title}</CardTitle>
            <CardDescription>{topicWords[topic].text}</CardDescription>
          </CardHeader>
          <ul className="mt-4 divide-y divide-border border-border border-t">
            {ruleTopics[topic].map((name) => (
              <RuleRow
                key={`${cluster} ${name} ${JSON.stringify(settings[name] ?? null)}`}
                cluster={cluster}
                name={name}
                setting={settings[name] ?? null}
                admin={admin}
              />
            ))}
          </ul>
        </Card>
      ))}
    </Page>
  )
}
