import { redirect } from 'next/navigation'
import { access } from '@/lib/access.ts'

export default async function SettingsPage() {
  await access.require('viewer')
  redirect('/settings/account')
}
