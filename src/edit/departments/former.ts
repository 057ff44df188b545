import { z } from 'zod'
import type { FreshEntry } from '../../directory/reader.ts'
import type { Membership, Staff } from '../../model/entry.ts'
import { NotPermitted } from '../failures.ts'
import { replaced, setMemberships } from '../memberships.ts'
import type { Scene } from '../scene.ts'
import { requireNoGain } from '../staff/belonging.ts'
import type { Step } from '../step.ts'
import type { Bin } from '../trash.ts'

/** A membership that went with a department, as it stands in the bin of that; `instead`: what became the main one then. */
const formerSchema = z.object({
  staffId: z.string(),
  instead: z.string().nullable(),
  departmentId: z.string(),
  title: z.string().nullable(),
  sortKey: z.string(),
  isMain: z.boolean(),
  isLeader: z.boolean(),
})
type Former = z.infer<typeof formerSchema>

/** The bin with what people who belong elsewhere too lose by it, so that it can come back with the departments. */
export function withFormer(bin: Bin, members: readonly Staff[], going: ReadonlySet<string>): Bin {
  const lost = members.flatMap(({ id: staffId, memberships }): Former[] => {
    const left = replaced(memberships, going, null)
    const instead = left.find((m) => m.isMain)?.departmentId ?? null
    const gone = memberships.filter((m) => going.has(m.departmentId))
    return left.length === 0 ? [] : gone.map((m) => ({ staffId, instead, ...m }))
  })
  const { make } = bin
  if (lost.length === 0 || make.kind !== 'add') return bin
  const attributes = {
    ...make.attributes,
    objectClass: [...(make.attributes['objectClass'] ?? []), 'dlrPerson'],
    dlrMembership: lost.map((one) => JSON.stringify(one)),
  }
  return { ...bin, make: { ...make, attributes } }
}

/**
 * Gives people back what they lost when these departments went, at their place `toId`: whoever is still there, does not belong
 * to them by now, and may be moved there by the caller (T36); everybody else stays as they are.
 */
export async function backFrom(
  scene: Scene,
  bin: FreshEntry,
  coming: ReadonlySet<string>,
  toId: string | null,
): Promise<Step[]> {
  const byPerson = new Map<string, Former[]>()
  for (const text of bin.values('dlrMembership')) {
    const one = formerIn(text)
    if (!one || !coming.has(one.departmentId)) continue
    byPerson.set(one.staffId, [...(byPerson.get(one.staffId) ?? []), one])
  }
  const steps: Step[] = []
  for (const [staffId, former] of byPerson) {
    const person = await scene.read('staff', staffId)
    if (!person || person.entry.status === 'TRASHED') continue
    const memberships = together(person.entry.memberships, former)
    if (mayComeBack(scene, person.entry, memberships, coming, toId))
      steps.push(...setMemberships(person.fresh, memberships).steps())
  }
  return steps
}

function together(now: readonly Membership[], former: readonly Former[]): Membership[] {
  const missing = former.filter((one) => now.every((m) => m.departmentId !== one.departmentId))
  // The main department is again what it was, unless somebody has named another one since.
  const main = missing.find(
    (one) => one.isMain && now.some((m) => m.isMain && m.departmentId === one.instead),
  )
  return [
    ...now.map((m) => (main ? { ...m, isMain: false } : m)),
    ...missing.map(({ departmentId, title, sortKey, isLeader }) => {
      return { departmentId, title, sortKey, isLeader, isMain: departmentId === main?.departmentId }
    }),
  ]
}

/** Rights are judged at the place to which the departments come: they are in the trash still. */
function mayComeBack(
  scene: Scene,
  person: Staff,
  memberships: readonly Membership[],
  coming: ReadonlySet<string>,
  toId: string | null,
): boolean {
  if (scene.authority.isUnlimited) return true
  const placed = memberships.flatMap((m) => {
    if (!coming.has(m.departmentId)) return [m]
    return toId === null ? [] : [{ ...m, departmentId: toId }]
  })
  const mayWrite = [person, { memberships: placed }].every((one) =>
    scene.authority.over('staff.write', one).has('memberships'),
  )
  if (!mayWrite) return false
  try {
    requireNoGain(scene, person, { memberships: placed })
    return true
  } catch (error) {
    if (error instanceof NotPermitted) return false
    throw error
  }
}

function formerIn(text: string): Former | null {
  try {
    return formerSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
