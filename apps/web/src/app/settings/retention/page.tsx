import { readRetention } from '@bramble/db/maintenance'
import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { settings } from '@/features/settings/copy.ts'
import { RetentionForm } from '@/features/settings/retention/retention-form.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'

export const metadata: Metadata = { title: settings.retention.title }

export default async function RetentionPage() {
  await access.require('admin')
  const words = settings.retention
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>{words.title}</CardTitle>
          <CardDescription>{words.text}</CardDescription>
        </CardHeader>
        <CardContent>
          <RetentionForm kept={await readRetention()} />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{words.fixedTitle}</CardTitle>
        </CardHeader>
        <CardContent>
          <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
            {words.fixed.map(([what, period]) => (
              <div key={what} className="contents">
                <dt className="font-medium">{what}</dt>
                <dd className="text-muted max-sm:mb-2">{period}</dd>
              </div>
            ))}
          </dl>
        </CardContent>
      </Card>
    </>
  )
}
