'use client'
/** The line that is linked to, whole: on a phone the only way to read a long one. */
import { Link2, TextQuote, X } from 'lucide-react'
import { toast } from 'sonner'
import type { LogLine } from '@/features/runs/view.ts'
import { Button } from '@/ui/button.tsx'
import { copyText } from '@/ui/copy-text.ts'
import { log as words } from './copy.ts'
import { moment } from './log-rows.tsx'

export function MarkedLine({ line, onClose }: { line: LogLine; onClose: () => void }) {
  async function copy(text: string, done: string) {
    if (await copyText(text)) toast.success(done)
    else toast.error(words.notCopied, { description: text })
  }
  return (
    <section aria-label={words.line(line.seq)} className="grid gap-2 rounded-md border border-border p-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="numeric font-medium">{words.line(line.seq)}</span>
        <span className="text-muted">{line.node ?? 'bramble'}</span>
        {line.step && <span className="text-muted">{line.step}</span>}
        <time dateTime={line.at} className="numeric text-muted">
          {moment(line.at)}
        </time>
        <div className="ml-auto flex items-center gap-1">
          <Button
            size="sm"
            variant="ghost"
            onClick={() =>
              copy(`${location.origin}${location.pathname}${location.search}#L${line.seq}`, words.linkCopied)
            }
          >
            <Link2 aria-hidden /> {words.copyLink}
          </Button>
          <Button size="sm" variant="ghost" onClick={() => copy(line.text, words.lineCopied)}>
            <TextQuote aria-hidden /> {words.copyLine}
          </Button>
          <Button size="icon-sm" variant="ghost" aria-label={words.close} onClick={onClose}>
            <X aria-hidden />
          </Button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <pre className="max-h-48 overflow-auto whitespace-pre-wrap break-all font-mono text-xs" tabIndex={0}>
        {line.text}
      </pre>
    </section>
  )
}
