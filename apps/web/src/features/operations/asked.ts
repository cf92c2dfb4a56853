'use client'
/** What is asked of the page: by its own menu, or by its address (`?do=restart`), as the command palette leads here. */
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useState } from 'react'

interface Asked<T> {
  asked: T | null
  ask: (what: T) => void
  close: () => void
}

/** Of the address only what is `known` here counts. */
export function useAsked<T extends string>(known: readonly T[]): Asked<T> {
  const router = useRouter()
  const path = usePathname()
  const params = useSearchParams()
  const [chosen, setChosen] = useState<T | null>(null)
  const named = known.find((one) => one === params.get('do')) ?? null
  const close = () => {
    setChosen(null)
    if (named === null) return
    const rest = new URLSearchParams(params)
    rest.delete('do')
    router.replace(rest.size > 0 ? `${path}?${rest}` : path, { scroll: false })
  }
  return { asked: chosen ?? named, ask: setChosen, close }
}
