export { clusterYaml } from './cluster-yaml.ts'
export { LabError } from './errors.ts'
export {
  cut,
  down,
  execInNamespace,
  heal,
  powerOff,
  powerOn,
  prepare,
  reboot,
  reflash,
  sshCommand,
  status,
  type UpOptions,
  up,
  type WhichLab,
  type WhichNode,
} from './lab.ts'
export { type Release, releases } from './layout.ts'
export type { LabNode, LabStatus } from './status.ts'
