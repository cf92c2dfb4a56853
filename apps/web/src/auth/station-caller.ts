/** Stations on other machines: `Authorization: Bearer brs_…`, and once `brj_…`, the code of a machine that joins. */
import { checkStationToken, StationCodeText } from '@bramble/db/flash'
import { rememberToken, wasGood } from '@/http/good-tokens.ts'
import { noteRefusedToken, senderOf, tryToken } from './strangers.ts'

export interface StationCaller {
  id: string
  name: string
}

/** The station, or the seconds to wait before the next wrong token; 0: it is just wrong. */
export async function stationCaller(
  bearer: string | null,
  sent: Pick<Headers, 'get'>,
): Promise<StationCaller | number> {
  if (bearer === null) return 0
  const sender = senderOf(sent)
  const check = () => checkStationToken(bearer)
  // One that was good lately waits for nobody.
  const { wait, found } = wasGood(bearer) ? { wait: 0, found: await check() } : await tryToken(sender, check)
  if (wait === 0) rememberToken(bearer, found !== null)
  if (found) return found
  const prefix = /^brs_[0-9a-f]{6}/.exec(bearer)?.[0]
  await noteRefusedToken(sender, prefix && `${prefix}…`, wait > 0 ? 'too many wrong tokens' : 'not known or revoked')
  return wait
}

/** What looks like a code; whether it holds is found out where it is used up. */
export async function joiningCode(
  bearer: string | null,
  sent: Pick<Headers, 'get'>,
): Promise<{ code: string } | number> {
  const code = StationCodeText.safeParse(bearer)
  if (code.success) return { code: code.data }
  if (bearer !== null) await noteRefusedToken(senderOf(sent), undefined, 'not a code of a station')
  return 0
}
