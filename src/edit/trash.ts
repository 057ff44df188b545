import { dn, parentDn } from '../directory/names.ts'
import type { FreshEntry } from '../directory/reader.ts'
import { rdnOf } from './hands.ts'
import type { Scene } from './scene.ts'
import type { Place, Step } from './step.ts'

/** Where what one edit puts into the trash lies, and the step that makes the place. */
export interface Bin {
  readonly place: Place
  readonly make: Step
}

/**
 * A place of its own for each edit: two departments or people of one name do not meet in the trash, and what was put there
 * together is found together. `fromId`: the department in which it stood.
 */
export function newBin(scene: Scene, fromId: string | null): Bin {
  const cn = scene.newId()
  return {
    place: { dn: dn`cn=${cn},${scene.layout.trash}` },
    make: {
      kind: 'add',
      at: { dn: scene.layout.trash },
      rdn: `cn=${cn}`,
      attributes: {
        objectClass: ['dlrTrashEntry'],
        cn: [cn],
        dlrTrashedFrom: fromId === null ? [] : [fromId],
      },
    },
  }
}

/** By modrdn, so that the entry keeps its id (L8) and everything in it. */
export function moveTo(fresh: FreshEntry, from: Place, to: Place, rdn: string = rdnOf(fresh.dn)): Step {
  return {
    kind: 'move',
    id: fresh.id,
    ifCsn: fresh.csn,
    from: { at: from, rdn: rdnOf(fresh.dn) },
    to: { at: to, rdn },
  }
}

/**
 * The same for a person, without a condition: slapd's overlay `unique` asks its own question with the conditions of ours
 * and finds them unmet (seen on 2.5.13). A move overwrites nothing, and what is to be changed on condition is changed before.
 */
export function movePersonTo(fresh: FreshEntry, to: Place, rdn: string = rdnOf(fresh.dn)): Step {
  const from = { at: { dn: parentDn(fresh.dn) }, rdn: rdnOf(fresh.dn) }
  return { kind: 'move', id: fresh.id, ifCsn: null, from, to: { at: to, rdn } }
}

/** The bin in which an entry lies; null when it was moved into the trash by other means. */
export async function binOf(scene: Scene, fresh: FreshEntry): Promise<FreshEntry | null> {
  const above = await scene.reader.above(fresh)
  return above?.values('objectClass').some((name) => name.toLowerCase() === 'dlrtrashentry') ? above : null
}

/** Where the department stood that lies in a bin: an id, or null for the top. */
export function trashedFrom(bin: FreshEntry | null): string | null {
  return bin?.values('dlrTrashedFrom')[0]?.toLowerCase() ?? null
}
