'use client'
/** Takes a folder or an archive: dropped, or chosen with the keyboard. */
import { FileArchive, FolderOpen, Upload } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { upload as words } from '../copy.ts'
import { type Chosen, filesOfEntry, filesOfFolder, tarOf } from './dropped-files.ts'

const archives = '.tar,.gz,.tgz,.xz,.txz,.zst,.zip'

export function DropZone({ onChosen }: { onChosen: (chosen: Promise<Chosen | null>) => void }) {
  const [over, setOver] = useState(false)
  const folder = useRef<HTMLInputElement>(null)
  const archive = useRef<HTMLInputElement>(null)
  // React knows no property for it.
  useEffect(() => folder.current?.setAttribute('webkitdirectory', ''), [])
  return (
    <section
      aria-label={words.drop}
      className={cn(
        'grid justify-items-center gap-3 rounded-lg border-2 border-border border-dashed px-6 py-10 text-center transition-colors',
        over && 'border-primary bg-primary-subtle',
      )}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onChosen(dropped(event.dataTransfer))
      }}
    >
      <Upload className="size-8 text-muted" aria-hidden />
      <p className="font-medium">{words.drop}</p>
      <p className="text-muted text-sm">{words.formats}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button onClick={() => folder.current?.click()}>
          <FolderOpen aria-hidden /> {words.chooseFolder}
        </Button>
        <Button onClick={() => archive.current?.click()}>
          <FileArchive aria-hidden /> {words.chooseArchive}
        </Button>
      </div>
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label={words.chooseFolder}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          const name = files[0]?.webkitRelativePath.split('/')[0] || 'app'
          onChosen(packed(name, filesOfFolder(files)))
          event.target.value = ''
        }}
      />
      <input
        ref={archive}
        type="file"
        accept={archives}
        hidden
        aria-label={words.chooseArchive}
        onChange={(event) => {
          const [file] = event.target.files ?? []
          if (file) onChosen(Promise.resolve({ name: file.name, content: file }))
          event.target.value = ''
        }}
      />
    </section>
  )
}

/** What was dropped has to be asked for at once: later the browser has forgotten it. */
async function dropped(transfer: DataTransfer): Promise<Chosen | null> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const files = [...transfer.files]
  const [first] = entries
  if (entries.length === 1 && first?.isDirectory)
    return packed(first.name, await filesOfEntry(first as FileSystemDirectoryEntry))
  const [file] = files
  if (files.length === 1 && file && archives.split(',').some((end) => file.name.toLowerCase().endsWith(end)))
    return { name: file.name, content: file }
  const folders = entries.filter((entry) => entry.isDirectory) as FileSystemDirectoryEntry[]
  const below = await Promise.all(
    folders.map(async (one) =>
      (await filesOfEntry(one)).map(({ path, file: inner }) => ({ path: `${one.name}/${path}`, file: inner })),
    ),
  )
  const names = new Set(folders.map(({ name }) => name))
  const plain = files.filter(({ name }) => !names.has(name)).map((one) => ({ path: one.name, file: one }))
  return packed('app', [...plain, ...below.flat()])
}

async function packed(name: string, files: Parameters<typeof tarOf>[0]): Promise<Chosen | null> {
  return files.length === 0 ? null : { name, content: await tarOf(files) }
}
