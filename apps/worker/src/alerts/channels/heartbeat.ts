/** A monitoring service that raises the alarm itself when these requests stop, such as healthchecks.io or Uptime Kuma. */
import type { ChannelOf } from '@bramble/cluster'
import { sendRequest } from '../http-client.ts'

/** What the service answered. Throws SendTrouble. */
export const sendHeartbeat = ({ url, ca }: ChannelOf<'heartbeat'>): Promise<string> => sendRequest({ url, ca })
