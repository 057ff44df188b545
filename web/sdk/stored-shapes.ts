import type { Standing } from './census.ts'
import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Head } from './store.ts'

/** The departments of a bucket, and how many people are in them. */
export interface OutlinedBucket {
  readonly n: number
  readonly departments: readonly DepartmentRow[]
  /** In the order of the departments. */
  readonly standings: readonly Standing[]
}

/**
 * What was found in a browser's store, as what it has to be; null where it is not. Whether it is what was written the digest
 * tells: here it is made sure that whoever shows it is not led astray before.
 */
export function staffIn(found: unknown): StaffRow[] | null {
  return listIn(found, isStaff)
}

export function outlinedIn(found: unknown): OutlinedBucket[] | null {
  return listIn(found, isOutlined)
}

export function isHead(found: unknown): found is Head {
  const { cursor, digest, note, departmentTypes, staffTypes, fields } = membersOf<Head>(found)
  const { owner, contactAt, seenAt, leaseSeconds, purge } = membersOf<Head['note']>(note)
  const texts = [cursor, digest, owner]
  const numbers = [contactAt, seenAt, leaseSeconds]
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number') &&
    [departmentTypes, staffTypes, fields].every((list) => Array.isArray(list)) &&
    (purge === null || typeof purge === 'string')
  )
}

function listIn<T>(found: unknown, isOne: (item: unknown) => item is T): T[] | null {
  const list = typeof found === 'string' ? parsed(found) : null
  return Array.isArray(list) && list.every(isOne) ? list : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isStaff(found: unknown): found is StaffRow {
  const { id, revision, name, login, email, memberships, metadata } = membersOf<StaffRow>(found)
  return (
    typeof id === 'string' &&
    typeof revision === 'string' &&
    typeof name === 'string' &&
    typeof login === 'string' &&
    Array.isArray(email) &&
    Array.isArray(metadata) &&
    Array.isArray(memberships) &&
    memberships.every((m) => typeof membersOf<StaffRow['memberships'][number]>(m).departmentId === 'string')
  )
}

function isOutlined(found: unknown): found is OutlinedBucket {
  const { n, departments, standings } = membersOf<OutlinedBucket>(found)
  return (
    typeof n === 'number' &&
    Array.isArray(departments) &&
    departments.every(isDepartment) &&
    Array.isArray(standings) &&
    standings.every((standing) => Array.isArray(membersOf<Standing>(standing).buckets))
  )
}

function isDepartment(found: unknown): boolean {
  const { id, revision, name, sortKey, parentId } = membersOf<DepartmentRow>(found)
  const texts = [id, revision, name, sortKey]
  return (
    texts.every((text) => typeof text === 'string') && (parentId === null || typeof parentId === 'string')
  )
}

/** What may be in a value that should be a T. */
function membersOf<T extends object>(found: unknown): { readonly [K in keyof T]?: unknown } {
  return typeof found === 'object' && found !== null ? found : {}
}
