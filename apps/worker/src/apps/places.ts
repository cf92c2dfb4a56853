/** Where this machine keeps what apps consist of. */
import path from 'node:path'
import { appUploadsIn, uploadsIn } from '@bramble/db/data-dir'

export interface AppPlaces {
  /** Uploads as the dashboard received them, named by their ids. */
  received: string
  /** Releases by their digests. */
  releases: string
}

export const appPlaces = (data: string): AppPlaces => ({
  received: appUploadsIn(uploadsIn(data)),
  releases: path.join(data, 'releases'),
})

/** Each cluster has its own: two may have an app of the same name. */
export const storeFolder = ({ releases }: AppPlaces, clusterId: string): string => path.join(releases, clusterId)
