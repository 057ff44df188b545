import { useEffect, useState } from 'react'
import { News } from '../admin.ts'

/** Says every so often, while the page is looked at, that it is to be asked again; also when `others` do. */
export function useTicks(everyMs: number, others?: News): News {
  const [ticks] = useState(() => new News())
  useEffect(() => {
    const tell = () => {
      if (document.visibilityState === 'visible') ticks.tell()
    }
    const timer = setInterval(tell, everyMs)
    document.addEventListener('visibilitychange', tell)
    const unsubscribe = others?.stamp.subscribe(tell)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', tell)
      unsubscribe?.()
    }
  }, [ticks, everyMs, others])
  return ticks
}
