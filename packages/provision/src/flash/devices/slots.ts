/** The lab's virtual card slots: loop devices over files in its folder. All other loop devices are files of somebody. */
import { basename, dirname, extname, resolve } from 'node:path'
import type { DiskFacts } from './station.ts'

export interface Slot {
  vendor: string
  model: string
  serial: string
}

const labSlot = /^\/var\/lib\/bramble-lab\/(\d{1,3})\/cards\/([^/]+)\.(img|dev)$/

/** Null when the loop device is no card slot. BRAMBLE_CARD_SLOTS names one more folder whose files are slots. */
export function slotOf(backing: DiskFacts['backing'], folder = process.env.BRAMBLE_CARD_SLOTS): Slot | null {
  // A loop device over a part of the file is somebody's mount of a partition.
  if (!backing?.whole) return null
  const lab = labSlot.exec(backing.file)
  if (lab) return { vendor: `Bramble lab ${lab[1]}`, model: lab[2]!, serial: `lab${lab[1]}-${lab[2]}` }
  const extension = extname(backing.file)
  if (!folder || dirname(backing.file) !== resolve(folder) || !['.img', '.dev'].includes(extension)) return null
  const model = basename(backing.file, extension)
  return { vendor: 'Bramble card slots', model, serial: `${basename(resolve(folder))}-${model}` }
}
