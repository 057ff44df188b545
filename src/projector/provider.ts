import { contextCsns } from '../directory/watch.ts'
import { DirectoryUnreachable, type DirectoryOptions } from '../directory/connection.ts'
import { sidsBehind } from '../directory/cookie.ts'
import { messageOf } from '../errors.ts'

export type Provider =
  /** `options` name this provider alone, so that the session goes to the one that was looked at. */
  | { readonly kind: 'ready'; readonly options: DirectoryOptions }
  /** Whoever answers knows less than the cookie does: what it would tell is unknown, not gone (L9). */
  | { readonly kind: 'behind'; readonly options: DirectoryOptions; readonly reason: string }

/**
 * The first provider that answers and knows all that the cookie knows, per server id (L9). One that does not tell its
 * position cannot be compared and counts as ready. Throws AppError UNAVAILABLE when nobody answers.
 */
export async function chooseProvider(options: DirectoryOptions, cookie: string | null): Promise<Provider> {
  let behind: Provider | null = null
  let last: unknown = null
  for (const url of options.urls) {
    const alone = { ...options, urls: [url] }
    try {
      const csns = await contextCsns(alone)
      const sids = csns.size === 0 ? [] : sidsBehind(cookie, csns)
      if (sids.length === 0) return { kind: 'ready', options: alone }
      const reason = `${url} is behind what was read before, of server ${sids.join(', ')}`
      behind ??= { kind: 'behind', options: alone, reason }
    } catch (error) {
      options.log.debug({ url, problem: messageOf(error) }, 'this provider of the directory is no help')
      last = error
    }
  }
  if (behind) return behind
  throw last ?? new DirectoryUnreachable(new Error('No LDAP server is named'))
}
