/** Stations on other machines. */
import { prisma } from '../store/connection.ts'

/** True for a station on another machine, which joined with a code. */
export async function isRemoteStation(id: string): Promise<boolean> {
  return (await prisma().station.count({ where: { id, publicKey: { not: null } } })) > 0
}
