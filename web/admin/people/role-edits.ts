import { useClient } from 'urql'
import { AdminStaffMemberDocument, type BulkEditInput } from '../../generated/graphql.ts'
import { useAdmin } from '../admin.ts'
import type { Line } from './people-source.ts'

/** Edits that give a role to people besides those that they have; null: the server is away. */
export function useRoleEdits(): (people: readonly Line[], roleId: string) => Promise<BulkEditInput[] | null> {
  const client = useClient()
  const { news } = useAdmin()
  return async (people, roleId) => {
    const edits: BulkEditInput[] = []
    for (const { id } of people) {
      const answer = await client.query(AdminStaffMemberDocument, { id, waitFor: news.version }).toPromise()
      if (!answer.data) return null
      const staff = answer.data.admin?.staff
      const roleIds = new Set(staff?.roles.map((role) => role.id)).add(roleId)
      edits.push({ setStaffRoles: { id, roleIds: [...roleIds], ifRevision: staff?.revision ?? null } })
    }
    return edits
  }
}
