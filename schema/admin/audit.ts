import { z } from 'zod'
import type { AuditFilter } from '../../src/audit/reader.ts'
import type { EntryDiff, FieldChange, Subject } from '../../src/audit/record.ts'
import type { ShownRecord } from '../../src/audit/sight.ts'
import { isId } from '../../src/edit/scene.ts'
import { FLAT_LIST, pageArgs, pageCost } from '../arguments.ts'
import { builder } from '../builder.ts'
import type { Caller, SignedInContext } from '../context.ts'
import { MetadataEntry } from '../metadata-entry.ts'
import { DEFAULT_PAGE, readCursor, type PageArgs } from '../paging.ts'
import { AdminStaff } from './refs.ts'
import { adminScope } from './scope.ts'

/** Entries of one record that an answer lists; the export has all. */
const MOST_CHANGES = 200

const Outcome = builder.enumType('AuditOutcome', {
  description: 'What has become of what somebody wanted to do.',
  values: {
    DONE: { description: 'It was done.' },
    UNDONE: { description: 'It could not be finished, and nothing of it is left.' },
    REFUSED: { description: 'They may not do it. Nothing was changed.' },
  } as const,
})

const Source = builder.enumType('AuditSource', {
  description: 'Which way it came.',
  values: {
    API: { description: 'Through this API.' },
    LDAP: { description: 'By another tool, right in the directory.' },
  } as const,
})

const AuditFieldChange = builder.objectRef<FieldChange>('AuditFieldChange').implement({
  description: 'One field of an entry before and after.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'Its name in this API, `metadata.KEY` for a custom field; else that of the directory.',
    }),
    before: t.exposeStringList('before', {
      nullable: true,
      description: 'The values before; null when nobody knows.',
    }),
    after: t.exposeStringList('after', { description: 'The values after.' }),
    isMasked: t.exposeBoolean('isMasked', {
      description:
        'Whether the values are kept as marks only: equal marks stand for equal values of the field; `***` for what has none.',
    }),
  }),
})

const AuditName = builder.objectRef<{ readonly id: string; readonly name: string }>('AuditName').implement({
  description: 'What an entry was called.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    name: t.exposeString('name', { description: 'Its name at that time.' }),
  }),
})

const AuditChange = builder.objectRef<EntryDiff>('AuditChange').implement({
  description: 'An entry that was changed.',
  fields: (t) => ({
    kind: t.exposeString('kind', { nullable: true, description: 'For example `staff` or `department`.' }),
    id: t.exposeID('id', { nullable: true, description: 'Its id.' }),
    label: t.exposeString('label', { nullable: true, description: 'Its name at that time.' }),
    fields: t.expose('fields', {
      type: [AuditFieldChange],
      description: 'What of it was changed, as far as the caller may see these fields now.',
      complexity: FLAT_LIST,
    }),
    names: t.field({
      type: [AuditName],
      description: 'What the entries were called at that time whose ids stand in the values.',
      complexity: FLAT_LIST,
      resolve: ({ names = {} }) => Object.entries(names).map(([id, name]) => ({ id, name })),
    }),
  }),
})

const AuditSubject = builder.objectRef<Subject>('AuditSubject').implement({
  description: 'What something was done to.',
  fields: (t) => ({
    kind: t.exposeString('kind', { nullable: true, description: 'For example `staff` or `department`.' }),
    id: t.exposeID('id', { nullable: true, description: 'Its id.' }),
    label: t.exposeString('label', { nullable: true, description: 'Its name at that time.' }),
  }),
})

const AuditRecord = builder.objectRef<ShownRecord>('AuditRecord').implement({
  description: 'One thing that was done, or refused. What the caller may not see now is null or left out.',
  fields: (t) => ({
    id: t.id({ description: 'Its hash in the chain of all records.', resolve: ({ hash }) => hash }),
    number: t.string({
      nullable: true,
      description: 'Its place in the chain, from 1; null for callers who do not see all records.',
      resolve: ({ number }) => (number === null ? null : String(number)),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When, by the clock of the database.' }),
    action: t.exposeString('action', { description: 'What: one of `admin { auditActions }`.' }),
    outcome: t.expose('outcome', { type: Outcome, description: 'What has become of it.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was refused.' }),
    source: t.expose('source', { type: Source, description: 'Which way it came.' }),
    actorId: t.exposeID('actorId', { nullable: true, description: 'Who: the id of a person.' }),
    actorLogin: t.exposeString('actorLogin', { nullable: true, description: 'Their login at that time.' }),
    actorDn: t.exposeString('actorDn', { nullable: true, description: 'The bind DN of an edit by LDAP.' }),
    actor: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'Who, as they are now.',
      resolve: ({ actorId }, _, { caller }) =>
        actorId === null ? null : caller.administration.staff(actorId),
    }),
    onBehalfOf: t.exposeID('onBehalfOf', {
      nullable: true,
      description: 'In whose place it was done: the id of a person.',
    }),
    onBehalfOfStaff: t.field({
      type: AdminStaff,
      nullable: true,
      description: 'In whose place, as they are now.',
      resolve: ({ onBehalfOf }, _, { caller }) =>
        onBehalfOf === null ? null : caller.administration.staff(onBehalfOf),
    }),
    subject: t.expose('subject', { type: AuditSubject, description: 'To what.' }),
    changes: t.field({
      type: [AuditChange],
      description: `Before and after, an entry each, the first ${MOST_CHANGES}; the export has all.`,
      complexity: FLAT_LIST,
      resolve: ({ changes }) => changes.slice(0, MOST_CHANGES),
    }),
    batchId: t.exposeID('batchId', { nullable: true, description: 'What it was part of.' }),
    editId: t.exposeID('editId', { nullable: true, description: 'Which edit it was.' }),
    address: t.string({
      nullable: true,
      description: 'From which network address.',
      resolve: ({ from }) => from.address,
    }),
    userAgent: t.string({
      nullable: true,
      description: 'With which program, as it calls itself.',
      resolve: ({ from }) => from.userAgent,
    }),
    requestId: t.string({
      nullable: true,
      description: 'Which request it was, as the server log names it.',
      resolve: ({ from }) => from.requestId,
    }),
    detail: t.field({
      type: [MetadataEntry],
      description: 'What else there is to say.',
      complexity: FLAT_LIST,
      resolve: ({ detail }) => Object.entries(detail).map(([key, value]) => ({ key, value })),
    }),
  }),
})

interface RecordEdge {
  readonly cursor: string
  readonly node: ShownRecord
}

const AuditEdge = builder.objectRef<RecordEdge>('AuditRecordEdge').implement({
  description: 'A record in a list.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Place of this edge in the list, for `after`; opaque.' }),
    node: t.expose('node', { type: AuditRecord, description: 'What stands at this place of the list.' }),
  }),
})

interface RecordPage {
  readonly edges: RecordEdge[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** Without a count: counting a log of years would take longer than reading it. */
export const AuditConnection = builder.objectRef<RecordPage>('AuditRecordConnection').implement({
  description: 'A page of the audit log, newest first.',
  fields: (t) => ({
    edges: t.expose('edges', {
      type: [AuditEdge],
      description: 'The page.',
      complexity: { field: 0, multiplier: 1 },
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where this page stands in the list.',
      complexity: { field: 0, multiplier: 0 },
      resolve: ({ edges, hasNext, hasPrevious }) => ({
        hasNextPage: hasNext,
        hasPreviousPage: hasPrevious,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      }),
    }),
  }),
})

const idSchema = z.string().refine(isId, 'must be an id')

export const AuditLogFilter = builder.inputType('AuditLogFilter', {
  description: 'Which records: all that is given must hold.',
  fields: (t) => ({
    subjectId: t.id({
      description: 'That changed this entry, as the subject or besides.',
      validate: idSchema.nullish(),
    }),
    actorId: t.id({ description: 'Of what this person did.', validate: idSchema.nullish() }),
    action: t.string({
      description:
        'Of this action (`admin { auditActions }`); with a dot at the end, `staff.`, of all that begin with it.',
      validate: z.string().max(100, 'must have at most 100 characters').nullish(),
    }),
    outcome: t.field({ type: Outcome, description: 'That ended so.' }),
    batchId: t.id({ description: 'Of this batch.', validate: idSchema.nullish() }),
    from: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    to: t.field({ type: 'DateTime', description: 'Before this moment.' }),
    text: t.string({
      description:
        "With this in the subject's name or the action, whatever the case; or in the actor's login, for callers who see every actor.",
      validate: z.string().max(100, 'must have at most 100 characters').nullish(),
    }),
  }),
})

export const auditArgs = builder.args((t) => ({
  filter: t.field({ type: AuditLogFilter, description: 'Which records; all when absent.' }),
  ...pageArgs,
}))

type FilterInput = { readonly [K in keyof AuditFilter]?: AuditFilter[K] | undefined }

export const auditCost = pageCost

/** The page as the caller may see it; nobody without `audit.read` sees any record. */
export async function auditPage(
  { filter, first, after }: PageArgs & { readonly filter?: FilterInput | null | undefined },
  { caller, pages, audits }: SignedInContext,
): Promise<RecordPage> {
  const wanted = filterOf(filter ?? {})
  const scope = scopeOf(caller, wanted)
  const before = after == null ? null : (readCursor(pages, scope, after)[0] ?? null)
  const { records, hasNext } = await audits.page(caller.administration, wanted, first ?? DEFAULT_PAGE, before)
  const edges = records.map((node) => ({ cursor: pages.mint(scope, [node.hash]), node }))
  return { edges, hasNext, hasPrevious: before !== null }
}

function scopeOf(caller: Caller, { from, to, ...filter }: AuditFilter): string {
  return adminScope(caller, 'auditLog', [filter, from?.toISOString() ?? null, to?.toISOString() ?? null])
}

function filterOf(input: FilterInput): AuditFilter {
  return {
    subjectId: input.subjectId ?? null,
    actorId: input.actorId ?? null,
    action: input.action ?? null,
    outcome: input.outcome ?? null,
    batchId: input.batchId ?? null,
    from: input.from ?? null,
    to: input.to ?? null,
    text: input.text ?? null,
  }
}
