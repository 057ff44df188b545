import { readFileSync } from 'node:fs'
import { ConfigError, type Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { DirectoryOptions } from './connection.ts'

export const LDAP_SETTINGS = [
  'LDAP_URLS',
  'LDAP_BASE_DN',
  'LDAP_BIND_DN',
  'LDAP_BIND_PASSWORD',
  'LDAP_STARTTLS',
  'LDAP_CA_FILE',
] as const

/** How the directory is reached, as the settings say. Throws ConfigError when the authority's file cannot be read. */
export function directoryOptions(
  config: Pick<Config, (typeof LDAP_SETTINGS)[number]>,
  log: Logger,
): DirectoryOptions {
  return {
    urls: config.LDAP_URLS,
    baseDn: config.LDAP_BASE_DN,
    bindDn: config.LDAP_BIND_DN,
    bindPassword: config.LDAP_BIND_PASSWORD,
    startTls: config.LDAP_STARTTLS,
    ca: config.LDAP_CA_FILE === '' ? null : readAuthority(config.LDAP_CA_FILE),
    log,
  }
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (e) {
    throw new ConfigError([`LDAP_CA_FILE names ${path}, which cannot be read (${messageOf(e)})`])
  }
}
