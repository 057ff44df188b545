import { Refusal, type Answer } from './answer.ts'
import type { EmulatedFamily } from './endpoint.ts'
import { reachLimit } from './limits.ts'

/**
 * What may go wrong. `silent`: it is not done, and no answer comes; `broken`: it is done, and the connection breaks before the
 * answer; `garbled`: it is done, and the answer is no JSON.
 */
export type Fault =
  | 'crowded'
  | 'full'
  | 'unavailable'
  | 'bad-gateway'
  | 'gateway-timeout'
  | 'crashed'
  | 'conflict'
  | 'unauthorised'
  | 'silent'
  | 'broken'
  | 'garbled'

/** The switches: the next calls of a family fail. */
export class Faults {
  readonly #next = new Map<string, Fault[]>()

  fail(family: EmulatedFamily | 'any', fault: Fault, times = 1): void {
    this.#next.set(family, [...(this.#next.get(family) ?? []), ...Array.from({ length: times }, () => fault)])
  }

  clear(): void {
    this.#next.clear()
  }

  take(family: EmulatedFamily): Fault | null {
    return this.#next.get(family)?.shift() ?? this.#next.get('any')?.shift() ?? null
  }
}

/** What is answered instead of doing it; null where it is done. */
export function answerOf(fault: Fault, now: number): Answer | null {
  switch (fault) {
    case 'crowded':
      return reachLimit().answer(now)
    case 'full':
      return new Refusal(429, 'resource_limited', 'the resources of the plan are used up').answer(now)
    case 'unavailable':
      return { status: 503, body: Buffer.from('<html>503 Service Temporarily Unavailable</html>') }
    case 'bad-gateway':
      return { status: 502, body: Buffer.from('<html>502 Bad Gateway</html>') }
    case 'gateway-timeout':
      return { status: 504, body: Buffer.from('<html>504 Gateway Time-out</html>') }
    case 'crashed':
      return new Refusal(500, 'internal_server_error', 'internal server error').answer(now)
    case 'conflict':
      return new Refusal(409, 'concurrent_operation_error', 'concurrency create app user failed').answer(now)
    case 'unauthorised':
      return new Refusal(401, 'unauthorized', 'Unable to authenticate (OAuth)').answer(now)
    case 'silent':
    case 'broken':
    case 'garbled':
      return null
  }
}
