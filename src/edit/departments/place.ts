import { evenKeys, keyBetween } from '../../access/between.ts'
import { formatRdn } from '../../directory/names.ts'
import { compareText } from '../../model/canonical.ts'
import type { Department } from '../../model/entry.ts'
import { InvalidInput, NotPermitted } from '../failures.ts'
import type { Scene, Subject } from '../scene.ts'
import type { Place, Step } from '../step.ts'

/** Where a department goes: below which one, and behind which of its departments. */
export interface Target {
  /** Null: the top. */
  readonly parentId: string | null
  /** The department behind which it comes; null: the first place; undefined: the last one. */
  readonly afterId: string | null | undefined
}

/** Creating, moving, deleting and restoring needs all fields, at the place where it happens. */
export function requireAll(scene: Scene, departmentId: string | null): void {
  if (scene.authority.at('department.write', departmentId).isAll) return
  throw new NotPermitted('Your administration does not cover creating, moving or deleting departments there.')
}

/** Nobody moves a department to where they may do or see more of it (T36); `fromId`: where it stands, or stood. */
export function requireNoGainOf(
  scene: Scene,
  departmentId: string,
  fromId: string | null,
  toId: string | null,
): void {
  if (fromId === toId || !scene.authority.gainsOf(departmentId, fromId, toId)) return
  throw new NotPermitted(
    'You could do or see more of the department there than you may now: ask an administrator of both places.',
  )
}

/** The department below which something goes; null for the top. NotFound when the administration does not show it. */
export async function parentOf(scene: Scene, parentId: string | null): Promise<Subject<'department'> | null> {
  if (parentId === null) return null
  const parent = await scene.subject('department', parentId, 'parentId')
  if (parent.entry.status === 'TRASHED') throw InvalidInput.at('parentId', 'lies in the trash')
  return parent
}

export function placeBelow(scene: Scene, parentId: string | null): Place {
  return parentId === null ? { dn: scene.layout.departments } : { below: parentId }
}

/** Departments right below another one as they stand in the directory, in order, without the trash. */
export function siblingsOf(scene: Scene, parentId: string | null, without: string | null): Department[] {
  const { state } = scene
  return [...state.children(parentId)]
    .flatMap((id) => state.get('department', id) ?? [])
    .filter(({ id, status }) => id !== without && status !== 'TRASHED')
    .sort(
      (a, b) => compareText(a.sortKey, b.sortKey) || compareText(a.name, b.name) || compareText(a.id, b.id),
    )
}

/**
 * Names of siblings are told apart by more than case. Two may have one name where the caller's administration does not show the
 * other: that a name is taken would tell that it is there (T29).
 */
export function requireFreeName(scene: Scene, siblings: readonly Department[], name: string): void {
  const key = nameKey(name)
  const { administration } = scene
  if (siblings.some(({ id, name: other }) => nameKey(other) === key && administration.department(id)))
    throw InvalidInput.at('name', 'is taken by another department at the same place')
}

function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

/**
 * The sort key that puts a department behind `afterId`. Where there is no room, all its siblings get new keys, which are
 * steps of their own.
 */
export async function keyAt(
  scene: Scene,
  siblings: readonly Department[],
  { afterId }: Target,
): Promise<{ key: string; steps: Step[] }> {
  const at =
    afterId === undefined ? siblings.length : afterId === null ? 0 : 1 + positionOf(siblings, afterId)
  const key = keyBetween(siblings[at - 1]?.sortKey ?? null, siblings[at]?.sortKey ?? null)
  if (key !== null) return { key, steps: [] }
  const keys = evenKeys(siblings.length + 1)
  const steps: Step[] = []
  for (const [i, sibling] of siblings.entries()) {
    const fresh = await scene.reader.byId(sibling.id)
    const after = keys[i < at ? i : i + 1]
    if (!fresh || after === undefined) continue
    const changes = [{ attribute: 'dlrSort', before: fresh.values('dlrSort'), after: [after] }]
    steps.push({ kind: 'modify', id: sibling.id, ifCsn: fresh.csn, changes })
  }
  return { key: keys[at] ?? '', steps }
}

export function ouOf(name: string): string {
  return formatRdn([{ type: 'ou', value: name }])
}

/**
 * The name of a department's entry among its siblings: the wanted one, unless somebody has renamed another department away
 * from it. It stays when the department is renamed.
 */
export async function freeRdn(
  scene: Scene,
  parentId: string | null,
  wanted: string,
  name: string,
): Promise<string> {
  const above = parentId === null ? scene.layout.departments : (await scene.reader.byId(parentId))?.dn
  if (above === undefined) throw InvalidInput.at('parentId', 'is not there any more')
  for (let n = 1; ; n++) {
    const rdn = n === 1 ? wanted : ouOf(`${name} ${n}`)
    if (!(await scene.reader.byDn(`${rdn},${above}`))) return rdn
  }
}

function positionOf(siblings: readonly Department[], id: string): number {
  const at = siblings.findIndex((sibling) => sibling.id === id)
  if (at === -1) throw InvalidInput.at('afterId', 'is no department of that place')
  return at
}
