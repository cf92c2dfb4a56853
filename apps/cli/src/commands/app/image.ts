/** An image in a registry as what is deployed from the command line: how the registry is asked for it. */
import { readFileSync } from 'node:fs'
import { ImageReference } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import type { RegistryAccess } from '@bramble/provision/build'
import type { Command } from 'commander'
import { readSecretFile } from './git.ts'

export interface ImageOptions {
  registryUser?: string
  registryPasswordFile?: string
  registryAuthority?: string
}

export const withImage = (command: Command): Command =>
  command
    .option('--registry-user <name>', 'user of a registry that requires one')
    .option('--registry-password-file <file>', 'file with the password or access token of this user')
    .option('--registry-authority <file>', 'PEM file of the authority of a registry that no public one certifies')

/** Trouble `image-name`. */
export function imageReference(text: string): string {
  const { data, error } = ImageReference.safeParse(text)
  if (data !== undefined) return data
  throw new Trouble('image-name', `${text} ${error?.issues[0]?.message}.`, 'Correct the name of the image.')
}

/** Trouble `image-options`. */
export function refuseImageOptions(options: ImageOptions): void {
  const given = (['registryUser', 'registryPasswordFile', 'registryAuthority'] as const).filter((name) => options[name])
  if (given.length > 0)
    throw new Trouble(
      'image-options',
      '--registry-user, --registry-password-file and --registry-authority are for images in a registry.',
      'Leave them out, or deploy docker://HOST/NAME:TAG.',
    )
}

/** Undefined: the registry is open to everybody. Troubles `image-options`, `file-unreadable`. */
export function registryAccess(options: ImageOptions): RegistryAccess | undefined {
  const { registryUser: user, registryPasswordFile: passwordFile, registryAuthority: authority } = options
  if ((user === undefined) !== (passwordFile === undefined))
    throw new Trouble(
      'image-options',
      '--registry-user and --registry-password-file must be used together.',
      'Give both or neither.',
    )
  if (user === undefined && authority === undefined) return undefined
  return {
    user: user ?? null,
    password: passwordFile === undefined ? null : readSecretFile(passwordFile, 'password'),
    authority: authority === undefined ? null : readAuthority(authority),
  }
}

function readAuthority(file: string): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new Trouble('image-options', `${file} cannot be read.`, 'Give a PEM file with --registry-authority.')
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new Trouble('image-options', `${file} contains no certificate.`, 'Give a PEM file with --registry-authority.')
}
