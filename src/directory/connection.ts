import type { Logger } from '../log.ts'

export interface DirectoryOptions {
  /** In order of preference. */
  readonly urls: readonly string[]
  readonly baseDn: string
  readonly bindDn: string
  readonly bindPassword: string
  readonly startTls: boolean
  /** PEM text of the authority, when the system does not know it. */
  readonly ca: string | null
  readonly log: Logger
}
