import { counter, gauge, gaugeBy, type Family } from './exposition.ts'
import type { House } from './vitals.ts'

/** Of the hub, since the process began. */
export interface HubCounts {
  readonly evaluations: number
  readonly encodings: number
  readonly frames: number
  readonly deliveries: number
  readonly evictions: number
}

/** The house as metrics. What nobody knows is left out rather than 0. */
export function houseFamilies({
  isDatabaseUp,
  isDirectoryUp,
  projector,
  headVersion,
  queues,
  here,
}: House): Family[] {
  const { webhooks, imports, edits } = queues ?? {}
  return [
    gauge('dolores_database_up', 'Whether PostgreSQL answers.', isDatabaseUp),
    gauge('dolores_directory_up', 'Whether LDAP answers.', isDirectoryUp),
    gauge(
      'dolores_projector_up',
      'Whether some instance carries the directory into the log.',
      projector?.isAlive ?? null,
    ),
    gauge(
      'dolores_projector_stopped',
      'Whether it waits for `npm run sync -- --confirm`.',
      projector && projector.stopped !== null,
    ),
    gauge('dolores_leader', 'Whether this instance carries the directory into the log.', here.isLeader),
    gauge(
      'dolores_projector_lag_seconds',
      'Age of the newest write of the directory when this leader took it.',
      here.lagMs === null ? null : here.lagMs / 1000,
    ),
    gauge(
      'dolores_reconciled_timestamp_seconds',
      'When the log was last compared with the whole directory.',
      projector?.reconciledAt ? projector.reconciledAt.getTime() / 1000 : null,
    ),
    gauge(
      'dolores_malformed_entries',
      'Entries of the directory that are left out.',
      projector?.leftOut ?? null,
    ),
    gauge('dolores_changelog_version', 'The newest version of the log.', headVersion),
    gauge('dolores_replica_version', 'The version that this instance answers from.', here.version),
    gauge('dolores_sockets', 'Open web sockets of this instance.', here.sockets),
    gauge('dolores_followers', 'Subscriptions of this instance that follow changes.', here.following),
    gauge('dolores_online_people', 'People with such a subscription.', here.people),
    gauge('dolores_audiences', 'Different views among them.', here.audiences),
    gauge('dolores_hub_outbox', 'Results that wait to be written to clients.', here.outbox),
    gaugeBy(
      'dolores_webhooks',
      'Webhooks by state; failing ones are active too.',
      'state',
      webhooks
        ? {
            active: webhooks.active,
            failing: webhooks.failing,
            given_up: webhooks.givenUp,
            paused: webhooks.paused,
          }
        : {},
    ),
    gauge(
      'dolores_webhook_oldest_failure_seconds',
      'How long the worst of the failing ones has taken nothing.',
      webhooks ? (webhooks.oldestAge ?? 0) : null,
    ),
    gaugeBy(
      'dolores_imports',
      'Imports by state; failed ones of the last seven days.',
      'state',
      imports ? { waiting: imports.waiting, running: imports.running, failed: imports.failed } : {},
    ),
    gauge(
      'dolores_import_oldest_waiting_seconds',
      'Age of the import that waits longest.',
      imports ? (imports.oldestAge ?? 0) : null,
    ),
    gauge('dolores_edits_running', 'Edits that are being made.', edits?.running ?? null),
    gauge(
      'dolores_edit_oldest_running_seconds',
      'Age of the oldest of them.',
      edits ? (edits.oldestAge ?? 0) : null,
    ),
  ]
}

export function hubFamilies({ evaluations, encodings, frames, deliveries, evictions }: HubCounts): Family[] {
  return [
    counter(
      'dolores_hub_evaluations_total',
      'Differences worked out: one for each audience and run of versions.',
      evaluations,
    ),
    counter('dolores_hub_encodings_total', 'Answers encoded.', encodings),
    counter('dolores_hub_frames_total', 'Messages made.', frames),
    counter('dolores_hub_deliveries_total', 'Messages written to sockets.', deliveries),
    counter('dolores_hub_evictions_total', 'Readers that fell behind and were sent away.', evictions),
  ]
}
