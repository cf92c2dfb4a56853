/** A Raspberry Pi 3B: four Cortex-A53, 1 GB, its own SD controller and USB network, and no clock, like the real one. */
import type { Board } from './board.ts'
import { readBootFiles } from './firmware.ts'
import { buildPi3Image } from './image.ts'

/** Every instruction is translated: about two minutes to a prompt on a desktop. */
export const pi3: Board = {
  name: 'a Raspberry Pi 3B (arm64, translated)',
  image: buildPi3Image,
  async hardware({ card, folder, mac }) {
    const { kernel, initrd, deviceTree, commandLine } = await readBootFiles(card, folder)
    return [
      ...['qemu-system-aarch64', '-M', 'raspi3b', '-accel', 'tcg,thread=multi'],
      ...['-kernel', kernel, '-initrd', initrd, '-dtb', deviceTree, '-append', commandLine],
      ...['-drive', `if=sd,format=raw,file=${card},cache=writeback`],
      ...['-device', `usb-net,netdev=lan,mac=${mac}`],
    ]
  },
}
