import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/model/canonical.ts'
import { Projection, type Operation, type Step } from '../../src/projector/diff.ts'
import { expectedEntries, FakeDirectory, LAYOUT, putOf, uuid } from './fake-directory.ts'
import { edits, perform } from './history.ts'
import { LogCopy } from './log-copy.ts'

function expected(directory: FakeDirectory): string[] {
  return [...expectedEntries(directory.all()).values()].map(canonicalJson).toSorted()
}

/** A directory and a log that follows it event by event. */
class Following {
  readonly directory = new FakeDirectory()
  readonly log = new LogCopy()
  projection = new Projection(LAYOUT)

  constructor() {
    this.log.take(this.projection.apply(this.directory.all().map(putOf)))
  }

  live(operation: Operation | null): Step {
    const step = this.projection.apply(operation ? [operation] : [])
    this.log.take(step)
    return step
  }

  add(...given: Parameters<FakeDirectory['add']>): string {
    const entry = this.directory.add(...given)
    if (!entry) throw new Error(`the directory refuses ${given[0]}`)
    this.live(putOf(entry))
    return entry.id
  }
}

// Mutants that this kills: descendants not derived anew on a move into the trash; parents looked for through malformed
// entries; a kind change told as an update; followers of a name forgotten on a move of what stands above it; an orphan
// that is not adopted; the old name of a moved entry left in the index; no comparison of contents.
describe('live events', () => {
  it('[L1][L4][L5] after every event the log equals the directory mapped from scratch', () => {
    fc.assert(
      fc.property(edits(40), (history) => {
        const following = new Following()
        for (const edit of history) {
          following.live(perform(following.directory, edit))
          expect(following.log.entries()).toEqual(expected(following.directory))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('[L1] the saved nodes are the whole memory: a projection loaded from them goes on the same way', () => {
    fc.assert(
      fc.property(edits(30), edits(10), (history, later) => {
        const following = new Following()
        for (const edit of history) following.live(perform(following.directory, edit))
        following.projection = new Projection(LAYOUT).restore(following.log.rows())
        expect(following.projection.isComplete).toBe(true)
        const repeated = following.projection.apply(following.directory.all().map(putOf))
        expect([repeated.changes, repeated.nodes, repeated.removed]).toEqual([[], [], []])
        for (const edit of later) following.live(perform(following.directory, edit))
        expect(following.log.entries()).toEqual(expected(following.directory))
      }),
      { numRuns: 200 },
    )
  })
})

describe('a department', () => {
  it('[L3] moved with everything below it is one change and one node', () => {
    const following = new Following()
    const a = following.add(`cn=a,${LAYOUT.departments}`, 'department')
    const b = following.add(`cn=b,${LAYOUT.departments}`, 'department')
    for (let i = 0; i < 50; i++) following.add(`cn=${i},cn=a,${LAYOUT.departments}`, 'department')
    const moved = following.directory.move(a, `cn=a,cn=b,${LAYOUT.departments}`)
    const step = following.live(moved && putOf(moved))
    expect(step.changes).toMatchObject([{ id: a, before: { parentId: null }, after: { parentId: b } }])
    expect(step.nodes.map((node) => node.id)).toEqual([a])
  })

  it('is TRASHED with everything below it when it goes to the trash, and comes back as it was', () => {
    const following = new Following()
    const a = following.add(`cn=a,${LAYOUT.departments}`, 'department')
    const below = following.add(`cn=x,cn=a,${LAYOUT.departments}`, 'department', { isDisabled: true })
    const before = following.log.entries()
    const trashed = following.directory.move(a, `cn=a,${LAYOUT.trash}`)
    const step = following.live(trashed && putOf(trashed))
    expect(step.changes.map(({ id, after }) => [id, after])).toMatchObject([
      [a, { status: 'TRASHED' }],
      [below, { status: 'TRASHED', parentId: a }],
    ])
    const restored = following.directory.move(a, `cn=a,${LAYOUT.departments}`)
    following.live(restored && putOf(restored))
    expect(following.log.entries()).toEqual(before)
  })

  it('[L3] keeps the reference to a malformed department above it, so that the repair is one change', () => {
    const following = new Following()
    const a = following.add(`cn=a,${LAYOUT.departments}`, 'malformed')
    following.add(`cn=x,cn=a,${LAYOUT.departments}`, 'department')
    const repaired = following.directory.edit(a, { kind: 'department' })
    expect(following.live(repaired && putOf(repaired)).changes.map((change) => change.id)).toEqual([a])
  })
})

describe('an event', () => {
  it('[L5] that changes no value of ours makes no change, and saves the new CSN (L1)', () => {
    const following = new Following()
    const id = following.add(`cn=p,${LAYOUT.people}`, 'staff')
    const touched = following.directory.edit(id, {})
    const step = following.live(touched && putOf(touched))
    expect(step.changes).toEqual([])
    expect(step.nodes.map((node) => [node.id, node.csn])).toEqual([[id, touched?.csn]])
  })

  it('that names an entry as gone and then as there again, in one batch, is a change of the entry', () => {
    const following = new Following()
    const id = following.add(`cn=p,${LAYOUT.people}`, 'staff')
    const renamed = following.directory.edit(id, { name: 'other' })
    if (!renamed) throw new Error('refused')
    const step = following.projection.apply([{ kind: 'remove', id }, putOf(renamed)])
    expect(step.changes).toMatchObject([{ id, before: { name: 'n' }, after: { name: 'other' } }])
    expect(step.removed).toEqual([])
  })

  it('that comes twice saves nothing the second time', () => {
    const following = new Following()
    following.add(`cn=p,${LAYOUT.people}`, 'staff')
    const again = following.live(putOf(following.directory.all().at(-1)!))
    expect([again.changes, again.nodes]).toEqual([[], []])
  })

  it('[L4] that makes another kind of an entry removes the one and adds the other', () => {
    const following = new Following()
    const id = following.add(`cn=p,${LAYOUT.people}`, 'staff')
    const retyped = following.directory.edit(id, { kind: 'role' })
    expect(following.live(retyped && putOf(retyped)).changes).toMatchObject([
      { kind: 'role', id, before: null, after: { kind: 'role' } },
      { kind: 'staff', id, before: { kind: 'staff' }, after: null },
    ])
  })
})

describe('an orphan', () => {
  it('waits without an entry, is named, and enters the log with its parent', () => {
    const { projection, log, directory } = new Following()
    const parent = directory.add(`cn=a,${LAYOUT.departments}`, 'department')
    const child = directory.add(`cn=b,cn=a,${LAYOUT.departments}`, 'department')
    const grandchild = directory.add(`cn=c,cn=b,cn=a,${LAYOUT.departments}`, 'department')
    if (!parent || !child || !grandchild) throw new Error('refused')

    const early = projection.apply([putOf(grandchild)])
    expect([early.changes, early.orphaned]).toEqual([[], [grandchild.id]])
    log.take(early)
    log.take(projection.apply([putOf(child)]))
    expect(projection.orphans().toSorted()).toEqual([child.id, grandchild.id])

    const reloaded = new Projection(LAYOUT).restore(log.rows())
    const step = reloaded.apply([putOf(parent)])
    log.take(step)
    expect(step.changes).toHaveLength(3)
    expect(reloaded.orphans()).toEqual([])
    expect(log.entries()).toEqual(expected(directory))
  })
})

describe('a parent that goes while its children stay', () => {
  it('takes them out of the log, after a restart too, until somebody stands in its place', () => {
    const following = new Following()
    const top = following.add(`cn=a,${LAYOUT.departments}`, 'department')
    const middle = following.add(`cn=b,cn=a,${LAYOUT.departments}`, 'container')
    const leaf = following.add(`cn=c,cn=b,cn=a,${LAYOUT.departments}`, 'department')
    const step = following.live({ kind: 'remove', id: top })
    expect(step.changes.map(({ id, after }) => [id, after])).toEqual([top, leaf].map((id) => [id, null]))
    expect(step.orphaned).toEqual([middle])

    following.projection = new Projection(LAYOUT).restore(following.log.rows())
    const heir = { ...following.directory.all().find((entry) => entry.id === top)!, id: uuid(99) }
    expect(following.live(putOf(heir)).changes.map(({ id, after }) => [id, after])).toMatchObject([
      [leaf, { parentId: heir.id }],
      [heir.id, { parentId: null }],
    ])
  })
})

describe('an entry below itself', () => {
  it('which a directory never has, but events in a wrong order may tell, has no parent until it is told again', () => {
    const following = new Following()
    const a = following.add(`cn=a,${LAYOUT.departments}`, 'department')
    following.add(`cn=b,cn=a,${LAYOUT.departments}`, 'department')
    const before = following.log.entries()
    const put = putOf(following.directory.all().find((entry) => entry.id === a)!)
    const step = following.live({ ...put, dn: `cn=a,cn=b,cn=a,${LAYOUT.departments}` })
    expect(step.orphaned).toEqual([a])
    expect(step.changes.map(({ after }) => after)).toEqual([null, null])
    following.live(put)
    expect(following.log.entries()).toEqual(before)
  })
})

describe('a manager given by a DN', () => {
  it('is found and lost again as the target appears, moves with what stands above it, and disappears', () => {
    const following = new Following()
    const unit = following.add(`cn=unit,${LAYOUT.people}`, 'container')
    const bossDn = `cn=boss,cn=unit,${LAYOUT.people}`
    const report = following.add(`cn=p,${LAYOUT.people}`, 'staff', { managerDn: bossDn.toUpperCase() })
    const managerAfter = (operation: Operation | null) =>
      following.live(operation).changes.find((change) => change.id === report)?.after
    const boss = following.directory.add(bossDn, 'staff')
    expect(managerAfter(boss && putOf(boss))).toMatchObject({ managerId: boss?.id })
    const away = following.directory.move(unit, `cn=elsewhere,${LAYOUT.people}`)
    expect(managerAfter(away && putOf(away))).toMatchObject({ managerId: null })
    const back = following.directory.move(unit, `cn=unit,${LAYOUT.people}`)
    expect(managerAfter(back && putOf(back))).toMatchObject({ managerId: boss?.id })
    expect(managerAfter({ kind: 'remove', id: boss?.id ?? '' })).toMatchObject({ managerId: null })
  })

  it('outside the base is nobody, even where the names are alike', () => {
    const following = new Following()
    following.add(`cn=boss,${LAYOUT.people}`, 'staff')
    following.add(`cn=p,${LAYOUT.people}`, 'staff', { managerDn: 'cn=boss,ou=people,dc=other,dc=place' })
    expect(following.log.entries().some((entry) => entry.includes('"managerId":"'))).toBe(false)
  })
})
