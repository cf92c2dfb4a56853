'use client'
/** Files of a folder in the browser, and the tar that they are sent as. Nothing is read into memory before it is sent. */
import { tarEnd, tarHeader, tarPadding } from '@bramble/cluster'

export interface ChosenFile {
  /** Below the folder. */
  path: string
  file: File
}

export interface Chosen {
  /** Of the folder or archive. */
  name: string
  content: Blob
}

/** A folder that was dropped. */
export async function filesOfEntry(folder: FileSystemDirectoryEntry): Promise<ChosenFile[]> {
  const found: ChosenFile[] = []
  const walk = async (directory: FileSystemDirectoryEntry, below: string) => {
    for (const entry of await entriesOf(directory)) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory && entry.name !== '.git') await walk(entry as FileSystemDirectoryEntry, path)
      if (entry.isFile)
        found.push({
          path,
          file: await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)),
        })
    }
  }
  await walk(folder, '')
  return found
}

/** A folder that was chosen: each file says where it is, the folder's own name first. */
export function filesOfFolder(files: readonly File[]): ChosenFile[] {
  return files
    .map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file }))
    .filter(({ path }) => !path.split('/').includes('.git'))
}

/** Browsers do not say which files can be run: programs and scripts are told by how they begin. */
export async function tarOf(files: readonly ChosenFile[]): Promise<Blob> {
  const parts: BlobPart[] = []
  for (const { path, file } of files) {
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer())
    const isProgram = String.fromCharCode(...head) === '\x7fELF'
    const isScript = head[0] === 0x23 && head[1] === 0x21
    parts.push(tarHeader({ path, size: file.size, executable: isProgram || isScript }), file, tarPadding(file.size))
  }
  return new Blob([...parts, tarEnd()])
}

/** A reader hands out a hundred entries at most each time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))
    if (some.length === 0) return all
    all.push(...some)
  }
}
