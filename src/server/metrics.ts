import { OPERATION_NAMES } from '../../schema/operation-names.ts'
import type { Hub } from '../push/hub.ts'
import type { Family } from '../vitals/exposition.ts'
import { houseFamilies, hubFamilies } from '../vitals/families.ts'
import { processFamilies } from '../vitals/process.ts'
import { Traffic } from '../vitals/traffic.ts'
import type { Vitals } from '../vitals/vitals.ts'

/** First parts of paths that are labels; pages and whatever else is asked for are `other` (T101). */
const ROUTES = [
  'graphql',
  'session',
  'avatars',
  'uploads',
  'export.csv',
  'export.json',
  'export.ldif',
  'audit.csv',
  'audit.ndjson',
  'chart.svg',
  'chart.png',
  'invitation',
  'healthz',
  'readyz',
  'metrics',
  'schema.graphql',
  '.well-known',
]

export interface MetricsParts {
  /** `METRICS_TOKEN`; empty: nothing is measured, and nobody is told. */
  readonly token: string
  readonly vitals: Pick<Vitals, 'house'>
  readonly hub: Pick<Hub, 'counts'>
  readonly worstStallMs: () => number
}

export interface Metrics {
  readonly token: string
  readonly traffic: Traffic
  readonly families: () => Promise<readonly Family[]>
}

/** Wires what Prometheus reads; null without a token. */
export function createMetrics({ token, vitals, hub, worstStallMs }: MetricsParts): Metrics | null {
  if (token === '') return null
  const traffic = new Traffic({ operations: OPERATION_NAMES, routes: ROUTES })
  const families = async () => [
    ...processFamilies(worstStallMs()),
    ...houseFamilies(await vitals.house()),
    ...hubFamilies(hub.counts),
    ...traffic.families,
  ]
  return { token, traffic, families }
}
