import type { Route } from '../app/router.ts'
import type { Queries } from '../sdk/queries.ts'

/** Where somebody is shown from where one is: on the chart there, else in their main department. */
export function personRoute(from: Route, queries: Pick<Queries, 'person'>, id: string): Route {
  if (from.page === 'chart') return { ...from, staffId: id }
  const memberships = queries.person(id)?.memberships ?? []
  const home = memberships.find((m) => m.isMain) ?? memberships[0]
  const here = from.page === 'contacts' ? from.departmentId : null
  return { page: 'contacts', departmentId: home?.departmentId ?? here, staffId: id }
}
