import { z } from 'zod'
import type { Membership } from '../../model/entry.ts'
import type { Edit } from '../edit.ts'
import { NotPermitted } from '../failures.ts'
import { idInput, nameInput, parseInput, patchedMetadata, requireFields, type Given } from '../input.ts'
import { membershipAttributes } from '../memberships.ts'
import type { Scene } from '../scene.ts'
import { loginInput, membershipsOf, referencesOf, requireReferences, staffFields } from './fields.ts'
import { loginLock, requireFreeLogin, uidRdn } from './login.ts'
import { requireMayAssign } from './roles.ts'

const schema = z.object({
  ...staffFields,
  name: nameInput,
  login: loginInput,
  typeId: idInput,
  roleIds: z.array(idInput).max(100, 'must be at most 100 roles').nullish(),
  isDisabled: z.boolean().nullish(),
})

export type CreateStaff = Given<typeof schema>

/** Makes a person, without a password: an invitation lets them choose one. */
export function createStaff(input: CreateStaff): Edit {
  return {
    name: 'staff.create',
    input,
    locks: {
      shared: [...referencesOf(input), ...(input.roleIds ?? [])],
      exclusive: [loginLock(input.login)],
    },
    decide: async (scene) => {
      const { roleIds, isDisabled, ...person } = parseInput(schema, input)
      const { name, login, typeId } = person
      await requireReferences(scene, person, null)
      const memberships = membershipsOf(person.memberships ?? [], [])
      requireMayCreate(scene, memberships)
      if (roleIds && roleIds.length > 0) await requireMayAssign(scene, { memberships }, roleIds, 'roleIds')
      requireFields(scene.state, 'STAFF', person.metadata ?? [])
      await requireFreeLogin(scene, login, null, 'login')
      const optional = (value: string | null | undefined) => (value ? [value] : [])
      return {
        steps: [
          {
            kind: 'add',
            at: { dn: scene.layout.people },
            rdn: uidRdn(login),
            attributes: {
              objectClass: ['inetOrgPerson', 'dlrPerson'],
              uid: [login],
              cn: [name],
              sn: [name],
              displayName: [name],
              dlrType: [typeId],
              dlrNickname: optional(person.nickname),
              dlrPinyin: optional(person.pinyin),
              dlrInitials: optional(person.initials),
              title: optional(person.title),
              mobile: optional(person.mobile),
              mail: person.email ?? [],
              dlrManager: optional(person.managerId),
              dlrDottedManager: person.dottedManagerIds ?? [],
              dlrLeaveDate: optional(person.leaveDate),
              dlrMeta: patchedMetadata([], person.metadata ?? []),
              dlrRole: roleIds ?? [],
              dlrDisabled: isDisabled === true ? ['TRUE'] : [],
              ...membershipAttributes(memberships),
            },
          },
        ],
        subject: { step: 0 },
      }
    },
  }
}

/** In each of the departments; somebody who belongs nowhere is created for the whole organisation. */
function requireMayCreate(scene: Scene, memberships: readonly Membership[]): void {
  if (scene.authority.over('staff.write', { memberships: [...memberships] }).isAll) return
  throw new NotPermitted('Your administration does not cover creating people in all of these departments.')
}
