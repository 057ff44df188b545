import { ERROR_CODES } from '../errors.ts'
import type { Family } from './exposition.ts'
import { Timings } from './timings.ts'

const OTHER = 'other'
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])
const CODES: ReadonlySet<string> = new Set(ERROR_CODES)

/**
 * What was asked of this instance and how long that took. Whatever clients choose stands in a label only where it is one of a
 * closed set; everything else is `other`, so that nobody makes series without end (T101).
 */
export class Traffic {
  readonly #operations: ReadonlySet<string>
  readonly #routes: ReadonlySet<string>
  readonly #http = new Timings(
    'dolores_http_request_duration_seconds',
    'HTTP requests, until the answer ended.',
  )
  readonly #graphql = new Timings(
    'dolores_graphql_duration_seconds',
    'GraphQL operations of HTTP and web sockets, without subscriptions. code: ok, or of the first error.',
  )

  /** `operations` and `routes`, the first parts of paths: those that may be labels. */
  constructor(o: { readonly operations: Iterable<string>; readonly routes: Iterable<string> }) {
    this.#operations = new Set(o.operations)
    this.#routes = new Set(o.routes)
  }

  answered(path: string, method: string | undefined, status: number, ms: number): void {
    const first = path.split('/')[1] ?? ''
    const labels = {
      route: this.#routes.has(first) ? first : OTHER,
      method: method !== undefined && METHODS.has(method) ? method : OTHER,
      status: status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : OTHER,
    }
    this.#http.observe(labels, ms / 1000)
  }

  /** `name` as the document has it; `code` of the first error, null without one. */
  executed(name: string | undefined, code: unknown, ms: number): void {
    const labels = {
      operation: name !== undefined && this.#operations.has(name) ? name : OTHER,
      code: code === null ? 'ok' : typeof code === 'string' && CODES.has(code) ? code : OTHER,
    }
    this.#graphql.observe(labels, ms / 1000)
  }

  get families(): Family[] {
    return [this.#http.family, this.#graphql.family]
  }
}
