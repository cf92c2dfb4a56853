import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that Bramble itself lies in. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..')
