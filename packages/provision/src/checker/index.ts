export { databaseDoor, siteDoor } from './doors.ts'
export { startVisitor, type Visitor } from './visitor.ts'
export { type Door, startWriter, type Writer } from './writer.ts'
