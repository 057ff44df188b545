import type { Answer, Fields } from './answer.ts'
import type { World } from './world.ts'

/** What Easemob counts together. `group:…`: each endpoint of groups counts alone. */
export type EmulatedFamily =
  | 'token'
  | 'users'
  | 'attributes'
  | `group:${string}`
  | 'joined'
  | 'people'
  | 'rooms'
  | 'recall'
  | 'blocks'
  | 'history'

export interface Asked {
  readonly world: World
  /** What stands in the path for `:name`. */
  readonly at: (name: string) => string
  readonly query: URLSearchParams
  /** The body, where it is an object. */
  readonly fields: Fields
  /** The body, whatever it is: of JSON or of a form. */
  readonly body: unknown
  readonly isForm: boolean
  readonly authorization: string | undefined
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/users/:u/deactivate`. */
  readonly path: string
  readonly family: EmulatedFamily
  /** Where the endpoint sees to it itself. */
  readonly isOpen?: boolean
  /** Whether the answer stands in the common envelope. */
  readonly isBare?: boolean
  handle(asked: Asked): Answer | Record<string, unknown>
}

/** What `:name` stands for, by an endpoint's path; null where the path is another. */
export function match(pattern: string, path: string): ReadonlyMap<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const found = new Map<string, string>()
  for (const [i, part] of wanted.entries()) {
    const text = decodeURIComponent(given[i] ?? '')
    if (part.startsWith(':') && text !== '') found.set(part.slice(1), text)
    else if (part !== text) return null
  }
  return found
}
