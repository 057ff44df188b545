import type { DirectoryClient, StaffRow } from 'dolores/sdk'

/**
 * Tells of everybody who has gone from what the client may see, for example to take back their accounts elsewhere. With a
 * file store it also tells of those who went while the program did not run. Answers a function that ends it.
 */
export function onLeavers(client: DirectoryClient, tell: (person: StaffRow) => void): () => void {
  let known = new Map<string, StaffRow>()
  const compare = () => {
    // Without a version it is not the whole: the session is over, or a new copy is on its way.
    if (!client.rows || client.cursor === null) return
    for (const person of known.values()) if (!client.rows.staff.has(person.id)) tell(person)
    known = new Map(client.rows.staff)
  }
  compare()
  return client.onNews((news) => {
    if (news.kind === 'reset') return compare()
    for (const change of news.changes) {
      if (change.category !== 'STAFF') continue
      if (change.after) known.set(change.id, change.after)
      else known.delete(change.id)
      // Whoever loses a role sees fewer people, none of whom has left.
      if (change.before && !change.after && !news.viewerChanged) tell(change.before)
    }
  })
}
