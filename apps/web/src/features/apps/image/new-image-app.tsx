'use client'
/** A new app from an image in a registry: its page then deploys it. */
import { Container } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { image as words } from './copy.ts'
import { ImageForm } from './image-form.tsx'

export function NewImageApp({ cluster }: { cluster: string }) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  if (!open)
    return (
      <div>
        <Button onClick={() => setOpen(true)}>
          <Container aria-hidden /> {words.fromImage}
        </Button>
      </div>
    )
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.newText}</CardDescription>
      </CardHeader>
      <CardContent>
        <ImageForm
          {...{ cluster, app: null, image: null }}
          onCancel={() => setOpen(false)}
          onSaved={(app) => router.push(`/clusters/${cluster}/apps/${app}`)}
        />
      </CardContent>
    </Card>
  )
}
