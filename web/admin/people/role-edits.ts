import { useClient } from 'urql'
import { AdminStaffMemberDocument, type BulkEditInput } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import type { Line } from './people-source.ts'

/** So many people are asked for at the same time. */
const AT_ONCE = 10

/** Edits that give a role to people besides those that they have; null: the server is away. */
export function useRoleEdits(): (people: readonly Line[], roleId: string) => Promise<BulkEditInput[] | null> {
  const client = useClient()
  const { news } = useAdmin()
  const editOf = async (id: string, roleId: string): Promise<BulkEditInput | null> => {
    const answer = await client.query(AdminStaffMemberDocument, { id, waitFor: news.version }).toPromise()
    if (!answer.data) return null
    const staff = answer.data.admin?.staff
    const roleIds = new Set(staff?.roles.map((role) => role.id)).add(roleId)
    return { setStaffRoles: { id, roleIds: [...roleIds], ifRevision: staff?.revision ?? null } }
  }
  return async (people, roleId) => {
    const edits: BulkEditInput[] = []
    for (let from = 0; from < people.length; from += AT_ONCE) {
      const some = people.slice(from, from + AT_ONCE)
      const made = await Promise.all(some.map(async ({ id }) => await editOf(id, roleId)))
      for (const one of made) {
        if (!one) return null
        edits.push(one)
      }
    }
    return edits
  }
}
