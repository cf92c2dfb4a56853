/** Where the samples of this checkout are. */
import { fileURLToPath } from 'node:url'
import type { SampleName } from '@bramble/cluster'

export const sampleFolder = (name: SampleName): string =>
  fileURLToPath(new URL(`../../../../samples/${name}`, import.meta.url))
