'use client'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Asks the server for this page again every few seconds while `active`, and when the tab comes back. */
export function Refresh({ active }: { active: boolean }) {
  const router = useRouter()
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState === 'visible') router.refresh()
    }
    document.addEventListener('visibilitychange', ask)
    const timer = active ? setInterval(ask, 4_000) : undefined
    return () => {
      document.removeEventListener('visibilitychange', ask)
      clearInterval(timer)
    }
  }, [active, router])
  return null
}
