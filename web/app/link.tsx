import { createContext, use, type ComponentProps, type MouseEvent } from 'react'
import { pathOf, type Route, type Whereabouts } from './router.ts'

export const RouterContext = createContext<Whereabouts | null>(null)

export function useRouter(): Whereabouts {
  const router = use(RouterContext)
  if (!router) throw new Error('no router is provided')
  return router
}

/** A link within the app: opened in place, unless the reader wants another tab. */
export function Link({ to, ...props }: { to: Route } & Omit<ComponentProps<'a'>, 'href'>) {
  const router = useRouter()
  const open = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    router.go(to)
  }
  return <a {...props} href={pathOf(to)} onClick={open} />
}
