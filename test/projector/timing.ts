import type { ProjectorTiming } from '../../src/projector/term.ts'

/** Everything that a test would otherwise wait for. */
export const QUICK: Partial<ProjectorTiming> = { leaseMs: 1500, pollMs: 20, retryMs: [10, 200] }
