import { graphql } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { Cleared } from '../../schema/cleared.ts'
import { schema } from '../../schema/schema.ts'
import type { Authentication } from '../../src/identity/viewer.ts'
import { contextOf } from '../../src/server/context.ts'
import { World } from './world.ts'

const world = new World()
const [admin, ordinary] = [world.person(0).id, world.person(1).id]

function contextFor(staffId: string | null) {
  const authentication: Authentication =
    staffId === null
      ? { kind: 'anonymous' }
      : { kind: 'viewer', viewer: { staffId, sessionId: 's', expiresAt: Infinity } }
  return contextOf(world.services, { requestId: 'r', address: '', userAgent: '', authentication })
}

/** What was told to be left of a question after somebody has asked it; null: nothing was. */
async function clearedBy(staffId: string | null, source: string): Promise<Cleared | null> {
  let cleared: Cleared | null = null
  const onCleared = (found: Cleared) => {
    cleared = found
  }
  await graphql({ schema, source, contextValue: { ...contextFor(staffId), onCleared } })
  return cleared
}

const SNAPSHOT = '{ snapshot(first: 1000) { ... on SnapshotPage { staff { id } } } }'

describe('a question that was let through once', () => {
  it('[T41] is resolved for whoever asks it next, as they see it', async () => {
    const cleared = await clearedBy(admin, SNAPSHOT)
    for (const id of [admin, ordinary])
      expect(await cleared?.(contextFor(id))).toEqual(await world.sync.snapshot(id, 1000, null))
    expect(await cleared?.(contextFor(ordinary))).not.toEqual(await cleared?.(contextFor(admin)))
  })

  it('[T41] is not resolved for anybody who is not signed in', async () => {
    const cleared = await clearedBy(admin, SNAPSHOT)
    expect(() => cleared?.(contextFor(null))).toThrow('signed in')
    expect(() => cleared?.({})).toThrow('signed in')
  })

  it('[T41] is none that was refused, for who asked or for what was asked', async () => {
    expect(await clearedBy(null, SNAPSHOT)).toBeNull()
    expect(await clearedBy(admin, '{ snapshot(first: 0) { __typename } }')).toBeNull()
    expect(await clearedBy(admin, '{ changesSince(version: "x", first: 10001) { __typename } }')).toBeNull()
  })

  it('[T41] is none of a field that anybody may ask, nor of a mutation', async () => {
    expect(await clearedBy(admin, '{ viewer { __typename } }')).toBeNull()
    const report = 'reportDigest(version: "x", digest: "00000000000000000000000000000000")'
    expect(await clearedBy(admin, `mutation { ${report} }`)).toBeNull()
  })
})
