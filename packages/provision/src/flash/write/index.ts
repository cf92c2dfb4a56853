export { probeCapacity } from './capacity.ts'
export { verifyCard } from './verify.ts'
export { writeCard } from './write.ts'
