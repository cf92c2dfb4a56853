export type { BoardChange } from './board.ts'
export type { CardFaults } from './card-slots.ts'
export { type ChaosVerdict, runChaos, verdictText } from './chaos/chaos.ts'
export { clusterYaml } from './cluster-yaml.ts'
export { LabError } from './errors.ts'
export { buildImage, type ImageOptions } from './image.ts'
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
} from './lab.ts'
export { type Release, releases } from './layout.ts'
export { labTools } from './machine.ts'
export { olderPostgres } from './older-postgres.ts'
export type { LabNode, LabSlot, LabStatus } from './status.ts'
