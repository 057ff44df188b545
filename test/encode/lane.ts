import { at } from '../support/sync-world.ts'
import { execute, getVariableValues, parse, validate, type GraphQLSchema } from 'graphql'
import { createContext, type Services } from '../../schema/context.ts'
import { PageCursors } from '../../schema/paging.ts'
import { compileOperation } from '../../src/encode/compile.ts'
import type { Encoder, Root } from '../../src/encode/encoder.ts'
import { Keep } from '../../src/encode/keep.ts'
import { Sync } from '../../src/sync/sync.ts'
import { applyEdit, newCompany, type Edit } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import type { Asked, RootName } from './documents.ts'
import { ABSENT } from '../support/absent-services.ts'

const SECRET = 'a secret of the tests that is long enough'

/** Texts with which a careless writer of JSON goes wrong. */
const HOSTILE = ['"', '\\', 'a\nb\u0000', '\u2028\u2029', '\ud800 alone', '\u{1f600}', '</script>', '王小明']

/** What was seen of one operation, over the results that one person gets after a history. */
export interface Comparison {
  /** Answers that were compiled. */
  readonly encoded: number
  /** The first that the executor gives in other bytes. */
  readonly differs: { readonly encoded: string; readonly executed: string } | null
}

/** Compares a compiled operation with the executor; null where the document is not valid. */
export async function compare(
  schema: GraphQLSchema,
  name: RootName,
  { query, variables }: Asked,
  history: readonly Edit[],
  person: number,
): Promise<Comparison | null> {
  const document = parse(query)
  if (validate(schema, document).length > 0) return null
  const company = newCompany()
  for (const [i, name] of HOSTILE.entries()) {
    const staff = company.of('staff')[i]
    if (staff) company.put({ ...staff, name, title: name })
  }
  company.commit()
  const replica = new MemoryHistory()
  replica.append(...company.versions)
  const sync = new Sync({ replica, secret: SECRET })
  const people = company.of('staff')
  const staffId = people[person % people.length]?.id ?? ''
  const first = await sync.snapshot(staffId, 1, null)
  for (const edit of history) applyEdit(company, edit)
  replica.append(...company.versions.slice(replica.version))
  const version = first.kind === 'SnapshotPage' ? first.version : ''
  const asked = { query, variables: { version, ...variables } }
  const encoder = compiled(schema, asked)
  let encoded = 0
  for (const root of await results(sync, name, staffId, version)) {
    if (!encoder) continue
    // The second time from what is kept.
    const bytes = encoder.encode(root) && encoder.encode({ ...root })
    if (!bytes) return { encoded, differs: { encoded: 'nothing', executed: '' } }
    encoded++
    const executed = await executedText(schema, name, asked, root, sync)
    if (bytes.toString() !== executed) return { encoded, differs: { encoded: bytes.toString(), executed } }
  }
  return { encoded, differs: null }
}

/** The executor's answer when the root field comes to `root`. */
async function executedText(
  schema: GraphQLSchema,
  name: RootName,
  { query, variables }: Asked,
  root: Root,
  sync: Sync,
): Promise<string> {
  const services: Services = {
    sync: {
      view: (id) => sync.view(id),
      changesSince: async () => root as never,
      snapshot: async () => root as never,
      search: unused,
      waitFor: async () => {},
      reportDigest: unused,
    },
    identity: { login: unused, refresh: unused, logout: unused, sessions: unused, revoke: unused },
    pages: new PageCursors(SECRET),
    ...ABSENT,
    acknowledgePurge: unused,
    copyLeaseSeconds: 0,
  }
  const signedIn = { staffId: '', sessionId: '' }
  const origin = { address: '', userAgent: null }
  const contextValue = createContext(services, { signedIn, origin, requestId: 'r' })
  const rootValue = name === 'changes' ? root : undefined
  const document = parse(query)
  return JSON.stringify(
    await execute({ schema, document, variableValues: variables, contextValue, rootValue }),
  )
}

function compiled(schema: GraphQLSchema, { query, variables }: Asked): Encoder | null {
  const document = parse(query)
  const [operation] = document.definitions
  if (operation?.kind !== 'OperationDefinition') throw new Error('The operation comes first')
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
  if (!coerced) throw new Error(String(errors))
  const keep = new Keep()
  return (
    compileOperation({ schema, document, operationName: 'Op', variables: coerced, keep })?.encoder ?? null
  )
}

/** Every kind of result that a root field has. */
async function results(sync: Sync, name: RootName, staffId: string, since: string): Promise<Root[]> {
  if (name === 'snapshot') {
    return [await sync.snapshot(staffId, 10_000, null), await sync.snapshot(staffId, 5, null)]
  }
  const compact = await sync.changesSince(at(staffId), since, 100, true)
  const paged = await sync.changesSince(at(staffId), since, 2, false)
  return [compact, paged, sync.resync(staffId, 'PRUNED')]
}

function unused(): never {
  throw new Error('Nobody asks this here')
}
