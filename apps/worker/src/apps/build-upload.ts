/** Builds an upload on a node of the cluster, before it is deployed. */
import type { AppSpec } from '@bramble/cluster'
import { type BuildInput, type BuiltRelease, buildSomewhere, readSource, resolveApp } from '@bramble/provision/build'

interface UploadBuild extends Pick<BuildInput, 'spec' | 'fleet' | 'into' | 'signal' | 'emit'> {
  app: AppSpec
  /** Tar of the upload. */
  upload: string
}

/** What was found in the upload is found again: its settings can have been changed since. Troubles as of `buildSomewhere`. */
export async function buildUpload({ upload, app, ...rest }: UploadBuild): Promise<BuiltRelease> {
  const { into, signal } = rest
  const { path, bytes, seen } = await readSource({
    ...{ source: upload, into, signal, unwrap: false },
    look: (files) => resolveApp(files, app),
  })
  return buildSomewhere({ ...rest, app, resolved: seen, source: path, sourceBytes: bytes })
}
