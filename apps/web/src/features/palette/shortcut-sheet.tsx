'use client'
/** Every shortcut of the dashboard on one sheet. */
import { Fragment } from 'react'
import { Dialog, DialogContent, DialogDescription, DialogTitle } from '@/ui/dialog.tsx'
import { shortcuts as words } from './copy.ts'

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{words.title}</DialogTitle>
        <DialogDescription>{words.lead}</DialogDescription>
        {words.groups.map(({ name, keys }) => (
          <section key={name} className="grid gap-2">
            <h3 className="font-medium text-sm">{name}</h3>
            <dl className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 text-sm">
              {keys.map(({ keys: ways, does }) => (
                <Fragment key={does}>
                  <dt className="text-muted">{does}</dt>
                  <dd className="flex items-center justify-end gap-1.5">
                    {ways.map((way, at) => (
                      <Fragment key={way.join(' ')}>
                        {at > 0 && <span className="text-muted text-xs">{words.or}</span>}
                        {way.map((key) => (
                          <kbd
                            key={key}
                            className="grid h-6 min-w-6 place-items-center rounded-sm border border-border bg-sunken px-1.5 font-sans text-xs"
                          >
                            {key}
                          </kbd>
                        ))}
                      </Fragment>
                    ))}
                  </dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </DialogContent>
    </Dialog>
  )
}
