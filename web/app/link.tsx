import { createContext, use, type ComponentProps, type MouseEvent } from 'react'
import { pathOf, type Route, type Router } from './router.ts'

export const RouterContext = createContext<Pick<Router, 'route' | 'guard' | 'go'> | null>(null)

export function useRouter(): Pick<Router, 'route' | 'guard' | 'go'> {
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
