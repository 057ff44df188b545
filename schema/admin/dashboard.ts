import type { StatusCounts } from '../../src/access/administration.ts'
import { AppError } from '../../src/errors.ts'
import type { DayOfChanges } from '../../src/vitals/days.ts'
import type { Queues } from '../../src/vitals/queues.ts'
import type { House } from '../../src/vitals/vitals.ts'
import { builder } from '../builder.ts'
import { Administration } from './administration.ts'

const DAYS_COST = { field: 1, multiplier: 14 }
const WEEK_MS = 7 * 86_400_000

const Counts = builder.objectRef<StatusCounts>('EntryCounts').implement({
  description: 'How many there are in the scope of the caller.',
  fields: (t) => ({
    active: t.exposeInt('active', { description: 'That count.' }),
    disabled: t.exposeInt('disabled', { description: 'That are disabled.' }),
    trashed: t.exposeInt('trashed', { description: 'In the trash.' }),
  }),
})

const Day = builder.objectRef<DayOfChanges>('DayOfChanges').implement({
  description: 'What has changed on one day.',
  fields: (t) => ({
    day: t.exposeString('day', { description: 'Of UTC, for example `2026-11-27`.' }),
    staff: t.exposeInt('staff', { description: 'Changes of people.' }),
    departments: t.exposeInt('departments', { description: 'Changes of departments.' }),
  }),
})

const Projector = builder.objectRef<NonNullable<House['projector']>>('ProjectorStatus').implement({
  description: 'How the log follows the directory.',
  fields: (t) => ({
    isAlive: t.exposeBoolean('isAlive', {
      description: 'Whether some server carries changes of the directory into the log.',
    }),
    stopped: t.exposeString('stopped', {
      nullable: true,
      description:
        'Why it takes nothing and waits, in English. It begins with `mass:` (more would be lost than is believed), `behind:` (the directory knows less than before) or `unreachable:`. Null: it works.',
    }),
    isConfirmed: t.exposeBoolean('isConfirmed', {
      description: 'Whether somebody has confirmed the pass at which it stopped.',
    }),
    reconciledAt: t.expose('reconciledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When all of the directory was last compared with the log.',
    }),
    leftOut: t.exposeInt('leftOut', {
      description: 'Malformed entries of the directory, which nobody sees.',
    }),
  }),
})

const WebhookQueue = builder.objectRef<Queues['webhooks']>('WebhookQueue').implement({
  description: 'Webhooks by how they fare.',
  fields: (t) => ({
    active: t.exposeInt('active', { description: 'Active ones.' }),
    failing: t.exposeInt('failing', { description: 'Those of them whose last message was not taken.' }),
    givenUp: t.exposeInt('givenUp', { description: 'Paused because their receivers took nothing.' }),
    paused: t.exposeInt('paused', { description: 'Paused by hand, or with their account.' }),
    oldestAge: t.int({
      nullable: true,
      description: 'Since when the worst of the failing ones has taken nothing. In seconds.',
      resolve: ({ oldestAge }) => whole(oldestAge),
    }),
  }),
})

const ImportQueue = builder.objectRef<Queues['imports']>('ImportQueue').implement({
  description: 'Imports of everybody.',
  fields: (t) => ({
    waiting: t.exposeInt('waiting', { description: 'That wait for their turn.' }),
    running: t.exposeInt('running', { description: 'That are being worked on.' }),
    failed: t.exposeInt('failed', { description: 'That have failed in the last seven days.' }),
    oldestAge: t.int({
      nullable: true,
      description: 'How long the oldest one waits. In seconds.',
      resolve: ({ oldestAge }) => whole(oldestAge),
    }),
  }),
})

const EditQueue = builder.objectRef<Queues['edits']>('EditQueue').implement({
  description: 'Edits of everybody.',
  fields: (t) => ({
    running: t.exposeInt('running', { description: 'That are being made.' }),
    oldestAge: t.int({
      nullable: true,
      description: 'How long the oldest one has been so. In seconds.',
      resolve: ({ oldestAge }) => whole(oldestAge),
    }),
  }),
})

const HouseRef = builder.objectRef<House>('House').implement({
  description:
    'How the server and all that it depends on are. Null within: it cannot be found out just now. What is said of one server is of the one that answers.',
  fields: (t) => ({
    isDatabaseUp: t.exposeBoolean('isDatabaseUp', { description: 'Whether the database answers.' }),
    isDirectoryUp: t.exposeBoolean('isDirectoryUp', { description: 'Whether LDAP answers.' }),
    projector: t.expose('projector', {
      type: Projector,
      nullable: true,
      description: 'How the log follows the directory.',
    }),
    behind: t.int({
      nullable: true,
      description: 'How many versions this server is behind the log.',
      resolve: ({ headVersion, here }) => headVersion && Math.max(0, headVersion - here.version),
    }),
    headVersion: t.exposeInt('headVersion', { nullable: true, description: 'Versions of the log.' }),
    lagMs: t.int({
      nullable: true,
      description:
        'How old the newest change of the directory was when it was taken, in milliseconds; null unless this server takes them.',
      resolve: ({ here }) => (here.lagMs === null ? null : Math.round(here.lagMs)),
    }),
    onlinePeople: t.int({
      description: 'People whose devices follow changes at this server.',
      resolve: ({ here }) => here.people,
    }),
    onlineClients: t.int({
      description: 'Their devices and programs.',
      resolve: ({ here }) => here.following,
    }),
    audiences: t.int({
      description: 'How many different views they have.',
      resolve: ({ here }) => here.audiences,
    }),
    outbox: t.int({
      description: 'What waits to be written to them.',
      resolve: ({ here }) => here.outbox,
    }),
    worstStallMs: t.int({
      description: 'The longest time of late in which this server answered nothing, in milliseconds.',
      resolve: ({ here }) => here.worstStallMs,
    }),
    webhooks: t.field({
      type: WebhookQueue,
      nullable: true,
      description: 'Webhooks.',
      resolve: ({ queues }) => queues && queues.webhooks,
    }),
    imports: t.field({
      type: ImportQueue,
      nullable: true,
      description: 'Imports.',
      resolve: ({ queues }) => queues && queues.imports,
    }),
    edits: t.field({
      type: EditQueue,
      nullable: true,
      description: 'Edits.',
      resolve: ({ queues }) => queues && queues.edits,
    }),
  }),
})

builder.objectFields(Administration, (t) => ({
  staffCounts: t.field({
    type: Counts,
    description: 'People of the scope, each once.',
    resolve: (admin) => admin.staffCounts(),
  }),
  departmentCounts: t.field({
    type: Counts,
    description: 'Departments of the scope.',
    resolve: (admin) => admin.departmentCounts(),
  }),
  changesPerDay: t.field({
    type: [Day],
    nullable: true,
    description:
      'The last 14 days, the oldest first: changes of those people and departments of which the caller may read all fields. Null while the database is away.',
    complexity: DAYS_COST,
    resolve: ({ authority }, _, { days }) => orNull(days.of(authority)),
  }),
  failedImports: t.withAuth({ signedIn: true }).int({
    nullable: true,
    description:
      'Imports of the last seven days that have failed, of those that the caller may look at (`import`). Null while the database is away.',
    resolve: async (_, _args, { imports, caller }) => {
      const recent = await orNull(imports.recent(caller.signedIn.staffId))
      const since = Date.now() - WEEK_MS
      return recent && recent.filter((b) => b.state === 'FAILED' && b.createdAt.getTime() > since).length
    },
  }),
  house: t.field({
    type: HouseRef,
    nullable: true,
    description:
      'How the server is; null for callers without the ability `server.read` for the whole organisation.',
    resolve: ({ authority }, _, { vitals }) => (authority.everywhere('server.read') ? vitals.house() : null),
  }),
}))

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value)
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAVAILABLE') return null
    throw error
  }
}
