import { InvalidCredentialsError, ResultCodeError, type Client } from 'ldapts'
import { messageOf } from '../errors.ts'
import { DirectoryUnreachable, openConnection, type DirectoryOptions } from './connection.ts'

export type AsOwner<T> = { readonly kind: 'bound'; readonly value: T } | { readonly kind: 'refused' }

/**
 * Does `work` under the name and the rights of whom a password belongs to, on a connection of its own, so that nobody
 * else's work runs under this name. `refused` when the directory does not let them in, whatever the reason: locked, expired
 * and no password at all mean the same here. Errors of `work` come through; UNAVAILABLE when nobody answers.
 */
export async function asOwner<T>(
  options: DirectoryOptions,
  { dn, password }: { readonly dn: string; readonly password: string },
  work: (client: Client) => Promise<T>,
): Promise<AsOwner<T>> {
  let last: unknown = new Error('No LDAP server is named')
  for (const url of options.urls) {
    try {
      const connection = await openConnection(options, url)
      try {
        await connection.client.bind(dn, password)
        // Outside of the refusals below: what `work` is refused is not a refused sign-in.
        return await work(connection.client).then(
          (value) => ({ kind: 'bound', value }) as const,
          (error: unknown) => {
            throw new WorkFailed(error)
          },
        )
      } finally {
        await connection.close()
      }
    } catch (e) {
      if (e instanceof WorkFailed) throw e.cause
      if (e instanceof InvalidCredentialsError) return { kind: 'refused' }
      if (e instanceof ResultCodeError) {
        options.log.info({ code: e.code, problem: messageOf(e) }, 'the directory refused a sign-in')
        return { kind: 'refused' }
      }
      last = e
    }
  }
  throw new DirectoryUnreachable(last)
}

class WorkFailed extends Error {
  constructor(cause: unknown) {
    super('work failed', { cause })
    this.name = 'WorkFailed'
  }
}
