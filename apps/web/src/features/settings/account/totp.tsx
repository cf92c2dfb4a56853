'use client'
import { RefreshCw, ShieldCheck, ShieldOff, Smartphone } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { settings } from '@/features/settings/copy.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Dialog, DialogContent } from '@/ui/dialog.tsx'
import { BackupCodes } from './backup-codes.tsx'
import { ProofForm } from './proof-form.tsx'
import { endTotp, newBackupCodes } from './totp-actions.ts'
import { TotpSetup } from './totp-setup.tsx'

const words = settings.totp
type Step = 'closed' | 'set-up' | 'turn-off' | 'new-codes' | { codes: string[] }

/** `codesLeft`: unused backup codes; null while there is no second factor. */
export function Totp({ email, codesLeft }: { email: string; codesLeft: number | null }) {
  const [step, setStep] = useState<Step>('closed')
  const close = () => setStep('closed')
  return (
    <div className="grid gap-4">
      {codesLeft === null ? (
        <Button className="justify-self-start" onClick={() => setStep('set-up')}>
          <Smartphone aria-hidden />
          {words.turnOn}
        </Button>
      ) : (
        <>
          <p className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
            <Badge tone="ok">
              <ShieldCheck aria-hidden />
              {words.on}
            </Badge>
            <span className={codesLeft < 3 ? 'text-warn' : 'text-muted'}>{words.codesLeft(codesLeft)}</span>
          </p>
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setStep('new-codes')}>
              <RefreshCw aria-hidden />
              {words.newCodes}
            </Button>
            <Button variant="ghost" onClick={() => setStep('turn-off')}>
              <ShieldOff aria-hidden />
              {words.turnOff}
            </Button>
          </div>
        </>
      )}
      <Dialog open={step !== 'closed'} onOpenChange={(open) => (open ? undefined : close())}>
        {/* A slip beside the box must not take codes away that are shown once. */}
        <DialogContent onInteractOutside={(event) => event.preventDefault()}>
          {step === 'set-up' ? <TotpSetup email={email} done={(codes) => setStep({ codes })} /> : null}
          {step === 'turn-off' ? (
            <ProofForm
              email={email}
              title={words.turnOffTitle}
              text={words.turnOffText}
              submit={words.turnOff}
              ask={async (proof) => {
                const answer = await endTotp(proof)
                if (answer.ok) {
                  close()
                  toast.success(words.turnedOff)
                }
                return answer
              }}
            />
          ) : null}
          {step === 'new-codes' ? (
            <ProofForm
              email={email}
              title={words.newCodesTitle}
              text={words.newCodesText}
              submit={words.newCodes}
              ask={async (proof) => {
                const answer = await newBackupCodes(proof)
                if (answer.ok) setStep({ codes: answer.codes })
                return answer
              }}
            />
          ) : null}
          {typeof step === 'object' ? <BackupCodes codes={step.codes} email={email} done={close} /> : null}
        </DialogContent>
      </Dialog>
    </div>
  )
}
