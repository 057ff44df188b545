import fc from 'fast-check'
import type { Operation } from '../../src/projector/diff.ts'
import { type FakeDirectory, LAYOUT, putOf, type FakeEntry, type Kind } from './fake-directory.ts'

const KINDS: readonly Kind[] = [
  'department',
  'department',
  'staff',
  'container',
  'malformed',
  'staff',
  'role',
]

/** One random edit; the numbers pick among what is there when it is done. */
export type Edit = readonly [
  action:
    | 'add'
    | 'edit'
    | 'noise'
    | 'retype'
    | 'move'
    | 'rename'
    | 'trash'
    | 'restore'
    | 'manager'
    | 'remove',
  a: number,
  b: number,
  c: number,
]

const pick = fc.nat({ max: 999 })

export const edits = (maxLength: number): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.tuple(
      fc.constantFrom<Edit[0][]>(
        'add',
        'add',
        'add',
        'add',
        'edit',
        'noise',
        'retype',
        'move',
        'move',
        'rename',
        'rename',
        'trash',
        'restore',
        'manager',
        'remove',
        'remove',
      ),
      pick,
      pick,
      pick,
    ),
    { maxLength, size: 'max' },
  )

/** Does an edit; the event that a following consumer sees, or null when LDAP refuses it. */
export function perform(directory: FakeDirectory, edit: Edit): Operation | null {
  if (edit[0] === 'remove') {
    const gone = directory.remove(chosen(directory.own(), edit[1])?.id ?? '')
    return gone && { kind: 'remove', id: gone.id }
  }
  const saved = change(directory, edit)
  return saved && putOf(saved)
}

function change(directory: FakeDirectory, [action, a, b, c]: Edit): FakeEntry | null {
  const entry = chosen(directory.own(), a)
  const kind = chosen(KINDS, b) ?? 'staff'
  const rdn = `cn=${c % 3}`
  if (action === 'add') {
    const parents = a % 3 === 0 ? directory.all() : directory.own()
    return directory.add(`${rdn},${chosen(parents, a)?.dn ?? LAYOUT.departments}`, kind)
  }
  if (!entry) return null
  const [own = '', ...above] = entry.dn.split(',')
  switch (action) {
    case 'edit':
      return directory.edit(entry.id, { name: `n${c % 3}`, isDisabled: b % 4 === 0 })
    case 'noise':
      return directory.edit(entry.id, {})
    case 'retype':
      return directory.edit(entry.id, { kind })
    case 'move':
      return directory.move(entry.id, `${own},${chosen(directory.all(), b)?.dn}`)
    case 'rename':
      return directory.move(entry.id, [rdn, ...above].join(','))
    case 'trash':
      return directory.move(entry.id, `${own},${LAYOUT.trash}`)
    case 'restore':
      return directory.move(entry.id, `${own},${LAYOUT.departments}`)
    case 'manager':
      return directory.edit(entry.id, {
        managerDn: b % 5 === 0 ? null : (chosen(directory.all(), c)?.dn ?? null),
      })
    case 'remove':
      return null
  }
}

function chosen<T>(items: readonly T[], n: number): T | undefined {
  return items[n % Math.max(1, items.length)]
}
