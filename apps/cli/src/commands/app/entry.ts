/** The app's entry in the cluster file: added or completed with what a deploy says, once a person agreed. */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import {
  type AppEntry,
  type AppPlaces,
  type AppSpec,
  parseClusterFile,
  withAppEntry,
  withAppPlaces,
  withoutAppEntry,
} from '@bramble/cluster'
import { Trouble } from '@bramble/provision'

export interface ChangedFile {
  app: AppSpec
  /** Null: the file stays as it is. */
  text: string | null
}

/** Changes nothing yet. Trouble `bad-file`: the entry would break a rule, such as a domain that another app has. */
export function plannedEntry(file: string, entry: AppEntry): ChangedFile {
  const before = readFileSync(file, 'utf8')
  return checked(entry.name, before, withAppEntry(before, entry))
}

/** The app with other nodes. Changes nothing yet. Trouble `bad-file`: one of them is no web node. */
export function plannedPlaces(file: string, name: string, places: AppPlaces): ChangedFile {
  const before = readFileSync(file, 'utf8')
  return checked(name, before, withAppPlaces(before, name, places))
}

function checked(name: string, before: string, text: string): ChangedFile {
  const { spec, findings } = parseClusterFile(text)
  const app = spec?.apps?.find((one) => one.name === name)
  if (app) return { app, text: text === before ? null : text }
  const words = findings.filter(({ level }) => level === 'error').map(({ message, cure }) => `${message} ${cure}`)
  throw new Trouble('bad-file', words.join('\n'), 'Nothing was changed.')
}

export const withoutEntry = (file: string, name: string): string => withoutAppEntry(readFileSync(file, 'utf8'), name)

/** Whole or not at all. */
export function writeClusterFile(file: string, text: string): void {
  const { mode } = statSync(file)
  writeFileSync(`${file}.new`, text, { mode: mode & 0o777 })
  renameSync(`${file}.new`, file)
}
