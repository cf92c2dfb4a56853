export { databaseDoor, siteDoor } from './doors.ts'
export { startVisitor } from './visitor.ts'
export { outageWords, type Sight, sightWords, startWitness, type Witness } from './witness.ts'
export { type Door, startWriter, type Writer } from './writer.ts'
