'use client'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { en } from '@/format/en.ts'
import { Button, type ButtonProps } from './button.tsx'

/** Puts the text on the clipboard, also over plain http, where browsers keep the newer way closed. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.readOnly = true
    area.className = 'sr-only'
    // Inside an open dialog the focus may not leave it.
    const home = document.activeElement?.closest('[role=dialog]') ?? document.body
    home.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

export function CopyButton({ text, label = en.copy.label, ...props }: { text: string; label?: string } & ButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 2500)
    return () => clearTimeout(timer)
  }, [state])
  const words = { idle: label, copied: en.copy.done, failed: en.copy.failed }[state]
  return (
    <Button {...props} onClick={async () => setState((await copy(text)) ? 'copied' : 'failed')}>
      {state === 'copied' ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite">{words}</span>
    </Button>
  )
}
