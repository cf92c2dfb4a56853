export { databaseDoor, siteDoor } from './endpoints.ts'
export { startVisitor } from './http-client.ts'
export { outageWords, type Sight, sightWords, startWitness, type Witness } from './probe.ts'
export { type Door, startWriter, type Writer } from './sql-client.ts'
