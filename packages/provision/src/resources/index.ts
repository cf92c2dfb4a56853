export { file } from './file.ts'
export { gate } from './gate.ts'
export { packages } from './packages.ts'
export { service } from './service.ts'
