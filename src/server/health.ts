import { pause } from '../clock.ts'
import { sendJson, type Route } from './http.ts'

/** What readiness asks; each rejects or answers false when it is not well. */
export interface HealthChecks {
  /** Rejects while the database does not answer. */
  database(): Promise<unknown>
  /** Whether this instance has seen all versions, as far as it can know. */
  isCaughtUp(): boolean
  /** Rejects until the directory was read whole once: before that the log knows nobody. */
  isFilled(): Promise<unknown>
  /** Rejects while the directory does not answer. Sign-ins and changes wait for it; reads go on without. */
  directory(): Promise<unknown>
  isDraining(): boolean
  /** The longest time of late in which nothing could be answered, in milliseconds. */
  worstStallMs(): number
}

const PATIENCE_MS = 2000

/** The process lives and its event loop turns. It says nothing of others: restarting us would not help them. */
export const livenessRoute: Route = {
  methods: ['GET'],
  handle: ({ response }) => sendJson(response, 200, { status: 'alive' }),
}

/** Whether a load balancer should send requests here: 200, or 503 when draining or without the log. */
export function readinessRoute(checks: HealthChecks): Route {
  return {
    methods: ['GET'],
    handle: async ({ response }) => {
      const [database, filled, directory] = await Promise.all([
        answers(() => checks.database()),
        answers(() => checks.isFilled()),
        answers(() => checks.directory()),
      ])
      const replica = checks.isCaughtUp()
      const isReady = database && replica && filled && !checks.isDraining()
      sendJson(response, isReady ? 200 : 503, {
        status: checks.isDraining() ? 'draining' : isReady ? 'ready' : 'unavailable',
        database: database ? 'up' : 'down',
        replica: !filled ? 'empty' : replica ? 'current' : 'behind',
        directory: directory ? 'up' : 'down',
        worstStallMs: checks.worstStallMs(),
      })
    },
  }
}

async function answers(check: () => Promise<unknown>): Promise<boolean> {
  const late = new AbortController()
  try {
    const answered = check().then(
      () => true,
      () => false,
    )
    return await Promise.race([answered, pause(PATIENCE_MS, late.signal).then(() => false)])
  } finally {
    late.abort()
  }
}
