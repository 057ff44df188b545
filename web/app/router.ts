import { CHART_WAYS, type ChartWay } from '../chart/chart-nodes.ts'
import { Store } from './store.ts'

/** Where in the app somebody is. Ids are as the address has them: they may be of nothing. */
export type Route =
  | { readonly page: 'contacts'; readonly departmentId: string | null; readonly staffId: string | null }
  | { readonly page: 'chart'; readonly way: ChartWay; readonly staffId: string | null }
  | { readonly page: 'me'; readonly section: MeSection }
  | {
      readonly page: 'admin'
      readonly section: AdminSection
      readonly departmentId: string | null
      readonly staffId: string | null
      /** Of the section `access`; absent: the first that is open to the reader. */
      readonly part?: AccessPart
      /** With a part: the entry that is open, `new` being one that is not there yet. */
      readonly entryId?: string
    }
  | { readonly page: 'missing' }

export const ME_SECTIONS = ['profile', 'password', 'sessions', 'settings'] as const
export type MeSection = (typeof ME_SECTIONS)[number]

export const ADMIN_SECTIONS = [
  'dashboard',
  'people',
  'access',
  'transfer',
  'integrations',
  'audit',
  'trash',
] as const
export type AdminSection = (typeof ADMIN_SECTIONS)[number]

export const ACCESS_PARTS = ['roles', 'rules', 'types', 'fields', 'matrix', 'explain'] as const
export type AccessPart = (typeof ACCESS_PARTS)[number]

export function parsePath(path: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  const [first, id, second, other, ...rest] = parts
  if (first === 'chart') return parseChart(parts.slice(1))
  if (first === 'admin') return parseAdmin(parts.slice(1))
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

/** `/admin`, `/admin/departments/ID`, either with `/staff/ID` behind it, `/admin/access/PART/ID`, and the other sections by name. */
function parseAdmin(parts: readonly string[]): Route {
  const place = { page: 'admin', section: 'people', departmentId: null, staffId: null } as const
  const [first, id, second, staffId, ...rest] = parts
  if (rest.length > 0) return MISSING
  if (first === undefined) return place
  if (first === 'staff' && id !== undefined && second === undefined) return { ...place, staffId: id }
  if (first === 'departments' && id !== undefined) {
    if (second === undefined) return { ...place, departmentId: id }
    return second === 'staff' && staffId !== undefined ? { ...place, departmentId: id, staffId } : MISSING
  }
  if (first === 'access' && id !== undefined) {
    const part = ACCESS_PARTS.find((name) => name === id)
    if (part === undefined || staffId !== undefined) return MISSING
    return { ...place, section: 'access', part, ...(second === undefined ? {} : { entryId: second }) }
  }
  const section = id === undefined ? ADMIN_SECTIONS.find((name) => name === first) : undefined
  return section ? { ...place, section } : MISSING
}

export function pathOf(route: Route): string {
  switch (route.page) {
    case 'contacts':
      return placeIn(route) || '/'
    case 'admin':
      return route.section === 'people'
        ? `/admin${placeIn(route)}`
        : ['/admin', route.section, route.part, route.entryId && encodeURIComponent(route.entryId)]
            .filter(Boolean)
            .join('/')
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

function placeIn({
  departmentId,
  staffId,
}: {
  readonly departmentId: string | null
  readonly staffId: string | null
}): string {
  const department = departmentId === null ? '' : `/departments/${encodeURIComponent(departmentId)}`
  return department + (staffId === null ? '' : `/staff/${encodeURIComponent(staffId)}`)
}

const MISSING: Route = { page: 'missing' }

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Where somebody is, and how they go elsewhere. */
export type Whereabouts = Pick<Router, 'route' | 'guard' | 'go'>

/** Places that no address bar tells, and no history keeps. */
export function unwrittenRouter(first: Route): Whereabouts {
  const route = new Store(first)
  return { route, guard: null, go: (to) => route.set(to) }
}

/** The address bar, as a store. */
export class Router {
  readonly route: Store<Route>
  /** Asked before one goes elsewhere: something is not saved. It calls `leave` if that may be lost. */
  guard: ((leave: () => void) => void) | null = null

  constructor() {
    this.route = new Store(parsePath(location.pathname))
    window.addEventListener('popstate', () => {
      const to = parsePath(location.pathname)
      if (!this.guard) return this.route.set(to)
      // The address has changed already: it goes back until somebody has decided.
      history.pushState(null, '', pathOf(this.route.value))
      this.go(to)
    })
  }

  /** `replace`: the back button passes over where one was. */
  go(route: Route, { replace = false } = {}): void {
    const path = pathOf(route)
    if (path === pathOf(this.route.value)) return
    const leave = () => {
      this.guard = null
      history[replace ? 'replaceState' : 'pushState'](null, '', path)
      this.route.set(route)
    }
    if (this.guard) this.guard(leave)
    else leave()
  }
}
