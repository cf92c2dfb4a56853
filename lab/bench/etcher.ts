/**
 * One flash by etcher-sdk, as its own process: folder of its installation, image, devices. Its decompression, its block devices,
 * its verification. Prints failures and ends with 1 when there are any.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { must } from '@bramble/process'

interface Opened {
  getInnerSource(): Promise<unknown>
}

/** The part of etcher-sdk that is used here. */
interface Etcher {
  sourceDestination: {
    File: new (options: { path: string }) => Opened
    BlockDevice: new (options: { drive: object; unmountOnSuccess: boolean; write: boolean; direct: boolean }) => unknown
  }
  multiWrite: {
    pipeSourceToDestinations(options: object): Promise<{ failures: Map<unknown, Error>; bytesWritten: number }>
  }
}

const [folder = '', image = '', ...devices] = process.argv.slice(2)
const { sourceDestination, multiWrite } = createRequire(join(folder, 'package.json'))('etcher-sdk') as Etcher
const { File, BlockDevice } = sourceDestination

async function flash(): Promise<number> {
  const source = await new File({ path: image }).getInnerSource()
  const destinations: unknown[] = []
  for (const device of devices) {
    const drive = { device, raw: device, devicePath: device, mountpoints: [], isSystem: false, isReadOnly: false }
    // Without a size it would read the card to its end when it verifies.
    const size = Number(await must(['blockdev', '--getsize64', device]))
    const whole = { ...drive, size, blockSize: 512 }
    destinations.push(new BlockDevice({ drive: whole, unmountOnSuccess: false, write: true, direct: true }))
  }
  const { failures } = await multiWrite.pipeSourceToDestinations({
    source,
    destinations,
    onFail: (_: unknown, error: Error) => process.stderr.write(`${error.message}\n`),
    onProgress: () => {},
    verify: true,
    numBuffers: 16,
  })
  return failures.size
}

flash().then(
  (failures) => process.exit(failures === 0 ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
