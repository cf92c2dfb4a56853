'use client'
/** A new app from a git repository: its page then shows what is left to do. */
import { GitBranch } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { repository as words } from './copy.ts'
import { RepositoryForm } from './repository-form.tsx'

export function NewGitApp({ cluster }: { cluster: string }) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  if (!open)
    return (
      <div>
        <Button onClick={() => setOpen(true)}>
          <GitBranch aria-hidden /> {words.fromGit}
        </Button>
      </div>
    )
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.git}</CardTitle>
        <CardDescription>{words.newText}</CardDescription>
      </CardHeader>
      <CardContent>
        <RepositoryForm
          {...{ cluster, app: null, source: null }}
          onCancel={() => setOpen(false)}
          onSaved={(app) => router.push(`/clusters/${cluster}/apps/${app}`)}
        />
      </CardContent>
    </Card>
  )
}
