import { CHART_WAYS, type ChartWay } from '../chart/chart-nodes.ts'
import { Store } from './store.ts'

/** Where in the app somebody is. Ids are as the address has them: they may be of nothing. */
export type Route =
  | { readonly page: 'contacts'; readonly departmentId: string | null; readonly staffId: string | null }
  | { readonly page: 'chart'; readonly way: ChartWay; readonly staffId: string | null }
  | { readonly page: 'me'; readonly section: MeSection }
  | { readonly page: 'missing' }

export const ME_SECTIONS = ['profile', 'password', 'sessions', 'settings'] as const
export type MeSection = (typeof ME_SECTIONS)[number]

export function parsePath(path: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  const [first, id, second, other, ...rest] = parts
  if (first === 'chart') return parseChart(parts.slice(1))
  if (rest.length > 0) return MISSING
  if (first === undefined) return { page: 'contacts', departmentId: null, staffId: null }
  if (first === 'me' && second === undefined) {
    const section = id === undefined ? 'profile' : ME_SECTIONS.find((name) => name === id)
    return section ? { page: 'me', section } : MISSING
  }
  if (first === 'staff' && id !== undefined && second === undefined)
    return { page: 'contacts', departmentId: null, staffId: id }
  if (first === 'departments' && id !== undefined && second === undefined)
    return { page: 'contacts', departmentId: id, staffId: null }
  if (first === 'departments' && id !== undefined && second === 'staff' && other !== undefined)
    return { page: 'contacts', departmentId: id, staffId: other }
  return MISSING
}

/** By departments where nothing else is said. */
function parseChart(parts: readonly string[]): Route {
  const said = CHART_WAYS.find((way) => way === parts[0])
  const [staff, id, ...rest] = said ? parts.slice(1) : parts
  const way = said ?? 'departments'
  if (staff === undefined) return { page: 'chart', way, staffId: null }
  return staff === 'staff' && id !== undefined && rest.length === 0
    ? { page: 'chart', way, staffId: id }
    : MISSING
}

export function pathOf(route: Route): string {
  switch (route.page) {
    case 'contacts': {
      const department =
        route.departmentId === null ? '' : `/departments/${encodeURIComponent(route.departmentId)}`
      const staff = route.staffId === null ? '' : `/staff/${encodeURIComponent(route.staffId)}`
      return department + staff || '/'
    }
    case 'chart': {
      const way = route.way === 'departments' ? '' : `/${route.way}`
      const staff = route.staffId === null ? '' : `/staff/${encodeURIComponent(route.staffId)}`
      return `/chart${way}${staff}`
    }
    case 'me':
      return route.section === 'profile' ? '/me' : `/me/${route.section}`
    case 'missing':
      return '/'
  }
}

const MISSING: Route = { page: 'missing' }

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address bar, as a store. */
export class Router {
  readonly route: Store<Route>

  constructor() {
    this.route = new Store(parsePath(location.pathname))
    window.addEventListener('popstate', () => this.route.set(parsePath(location.pathname)))
  }

  /** `replace`: the back button passes over where one was. */
  go(route: Route, { replace = false } = {}): void {
    const path = pathOf(route)
    if (path === pathOf(this.route.value)) return
    history[replace ? 'replaceState' : 'pushState'](null, '', path)
    this.route.set(route)
  }
}
