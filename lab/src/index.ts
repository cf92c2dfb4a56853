export type { BoardChange } from './cards/board.ts'
export type { CardFaults } from './cards/card-slots.ts'
export { type ChaosVerdict, runChaos, verdictText } from './chaos/chaos.ts'
export { LabError } from './host/errors.ts'
export { type Release, releases } from './host/layout.ts'
export { labTools } from './host/machine.ts'
export { buildImage, type ImageOptions } from './images/image.ts'
export { olderPostgres } from './images/older-postgres.ts'
export { clusterYaml } from './nodes/cluster-yaml.ts'
export type { LabNode, LabSlot, LabStatus } from './nodes/status.ts'
export {
  blankCard,
  board,
  type CardsOptions,
  cards,
  consoleCommand,
  cut,
  damageCard,
  down,
  ejectCard,
  execInNamespace,
  heal,
  insertCard,
  powerOff,
  powerOn,
  prepare,
  reboot,
  reflash,
  sshCommand,
  status,
  takeCard,
  type UpOptions,
  up,
  type WhichLab,
  type WhichNode,
  type WhichSlot,
} from './supervisor/lab.ts'
