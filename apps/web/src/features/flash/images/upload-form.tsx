'use client'
/** A file of the browser's machine: sent as it is, with a bar. */
import { Upload } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import { z } from 'zod'
import { bytesWords, share } from '@/features/flash/figures.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Progress } from '@/ui/progress.tsx'
import { images as words } from './copy.ts'
import { nameFrom } from './source.ts'

const Refused = z.object({ message: z.string(), cure: z.string().default('') })
type Refused = z.infer<typeof Refused>

export function UploadForm() {
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const [sent, setSent] = useState<number | null>(null)
  const [refused, setRefused] = useState<Refused | null>(null)
  const chooser = useRef<HTMLInputElement>(null)
  const request = useRef<XMLHttpRequest | null>(null)
  useEffect(() => () => request.current?.abort(), [])

  const problems = {
    ...(file ? {} : { file: words.problems.file }),
    ...(name.trim() ? {} : { name: words.problems.name }),
  }
  const shown: { file?: string; name?: string } = tried ? problems : {}
  const send = () => {
    setTried(true)
    setRefused(null)
    if (!file || Object.keys(problems).length > 0) return
    setSent(0)
    const sending = new XMLHttpRequest()
    request.current = sending
    const query = new URLSearchParams({ name: name.trim(), file: file.name })
    sending.open('POST', `/api/images/upload?${query}`)
    sending.setRequestHeader('content-type', 'application/octet-stream')
    sending.upload.addEventListener('progress', (event) => setSent(event.loaded))
    sending.addEventListener('loadend', () => setSent(null))
    sending.addEventListener('error', () => setRefused({ message: words.problems.lost, cure: words.problems.lostCure }))
    sending.addEventListener('load', () => {
      if (sending.status !== 201) return setRefused(readRefusal(sending.responseText))
      toast.success(words.added(name.trim()))
      setFile(null)
      setName('')
      setTried(false)
      if (chooser.current) chooser.current.value = ''
    })
    sending.send(file)
  }
  const stop = () => {
    request.current?.abort()
    toast(words.stopped)
  }
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Field label={words.file} hint={words.fileHint} error={shown.file}>
        {(control) => (
          <Input
            {...control}
            ref={chooser}
            type="file"
            accept=".img,.iso,.xz,.gz,.zst,.zip"
            disabled={sent !== null}
            className="py-1.5 file:mr-3 file:rounded-sm file:bg-sunken file:px-2 file:py-1 file:text-sm"
            onChange={(event) => {
              const chosen = event.target.files?.[0] ?? null
              setFile(chosen)
              if (chosen) setName(nameFrom(chosen.name))
            }}
          />
        )}
      </Field>
      <Field label={words.name} hint={words.nameHint} error={shown.name}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            maxLength={200}
            value={name}
            disabled={sent !== null}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {sent !== null && file && (
        <div className="grid gap-1.5">
          <Progress value={share(sent, file.size)} label={words.upload} className="h-2" />
          <p className="numeric text-muted text-sm">{words.sending(bytesWords(sent), bytesWords(file.size))}</p>
        </div>
      )}
      {refused && (
        <Alert tone="bad" title={refused.message}>
          {refused.cure}
        </Alert>
      )}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" pending={sent !== null}>
          {sent === null && <Upload aria-hidden />}
          {words.upload}
        </Button>
        {sent !== null && <Button onClick={stop}>{words.stop}</Button>}
      </div>
    </form>
  )
}

function readRefusal(text: string): Refused {
  try {
    return Refused.parse(JSON.parse(text))
  } catch {
    return { message: words.problems.lost, cure: words.problems.lostCure }
  }
}
