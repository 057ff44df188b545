import { filter, layoutOf } from './names.ts'
import type { LdapPool } from './pool.ts'

/** The picture of a person as the directory keeps it, read when it is wanted (trap 5); null without one. */
export async function readPhoto(pool: LdapPool, id: string): Promise<Buffer | null> {
  const { searchEntries } = await pool.use(
    async (client) =>
      await client.search(layoutOf(pool.baseDn).base, {
        scope: 'sub',
        filter: filter`(entryUUID=${id})`,
        attributes: ['jpegPhoto'],
        explicitBufferAttributes: ['jpegPhoto'],
        timeLimit: 5,
      }),
    { idempotent: true },
  )
  const photo = [searchEntries[0]?.['jpegPhoto'] ?? []].flat()[0]
  return Buffer.isBuffer(photo) && photo.length > 0 ? photo : null
}
