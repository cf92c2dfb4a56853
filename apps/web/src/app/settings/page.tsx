import { redirect } from 'next/navigation'
import { access } from '@/auth/access.ts'

export default async function SettingsPage() {
  await access.require('viewer')
  redirect('/settings/account')
}
