'use client'
/** The tab tells of trouble too: a sign before its title, a dot on its icon. */
import type { Level } from '@bramble/cluster'
import { useEffect } from 'react'
import { troubleTitle } from './copy.ts'

export function TroubleMark({ level }: { level: Level }) {
  useTitle(level === 'critical')
  useIcon(level === 'critical' ? '#d92d20' : level === 'warning' ? '#e08a00' : null)
  return null
}

const sign = troubleTitle('')

function useTitle(marked: boolean): void {
  useEffect(() => {
    if (!marked) return
    const plain = () => (document.title.startsWith(sign) ? document.title.slice(sign.length) : document.title)
    const mark = () => {
      if (!document.title.startsWith(sign)) document.title = troubleTitle(document.title)
    }
    mark()
    // The next page brings its own title.
    const observer = new MutationObserver(mark)
    observer.observe(document.head, { childList: true, subtree: true, characterData: true })
    return () => {
      observer.disconnect()
      document.title = plain()
    }
  }, [marked])
}

function useIcon(dot: string | null): void {
  useEffect(() => {
    if (dot === null) return
    const link = document.createElement('link')
    link.rel = 'icon'
    link.type = 'image/svg+xml'
    link.href = `data:image/svg+xml,${encodeURIComponent(icon(dot))}`
    document.head.append(link)
    return () => link.remove()
  }, [dot])
}

const drupelets = [
  [11, 12.4],
  [21, 12.4],
  [16, 14.6],
  [9.6, 18.6],
  [22.4, 18.6],
  [16, 21],
  [12, 24.6],
  [20, 24.6],
  [16, 27.4],
]

const icon = (dot: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M16 7.5C14.5 4.5 11.5 3.4 8.6 3.8c.4 2.9 2.6 5 5.6 5.2M16 7.5c1.5-3 4.5-4.1 7.4-3.7-.4 2.9-2.6 5-5.6 5.2" fill="#3f8f4f"/><g fill="#c51a4a">${drupelets.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="4"/>`).join('')}</g><circle cx="24" cy="24" r="8" fill="${dot}" stroke="#fff" stroke-width="2"/></svg>`
