import { createDirectoryClient, signInWith } from 'dolores/sdk'
import { fileStore } from 'dolores/sdk/node'

/** Shows how many people there are, and each change as it happens. */
export async function live(url: string, folder: string, print: (line: string) => void) {
  const client = createDirectoryClient({
    url,
    getToken: signInWith({ url, login: 'hr', password: 'dolores' }),
    store: fileStore(folder),
  })
  client.onNews((news) => {
    if (news.kind !== 'step') return
    for (const { before, after } of news.changes) print(`${before?.name ?? '-'} -> ${after?.name ?? '-'}`)
  })
  const rows = await client.ready()
  print(`${rows.staff.size} people in ${rows.departments.size} departments`)
  return client
}
