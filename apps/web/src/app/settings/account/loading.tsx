import { settings } from '@/features/settings/copy.ts'
import { Waiting, WaitingForm, WaitingRows } from '@/ui/waiting.tsx'

const { profile, password, totp, sessions } = settings

export default function Loading() {
  return (
    <Waiting className="gap-6">
      <WaitingForm title={profile.title} fields={2} />
      <WaitingForm title={password.title} text={password.text} fields={2} />
      <WaitingForm title={totp.title} text={totp.text} fields={0} />
      <WaitingRows title={sessions.title} text={sessions.text} rows={2} />
    </Waiting>
  )
}
