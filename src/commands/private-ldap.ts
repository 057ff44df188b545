import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../config.ts'
import { serviceUser } from '../local/child.ts'
import { checkout, chooseDataDir } from '../local/data-dir.ts'
import { demoBaseDn, isSet } from '../local/private-servers.ts'
import { rootDn } from '../local/slapd.ts'

/**
 * The settings of a command that works on the directory: what is set, or, when none of it is, the private slapd of `npm start`
 * where its folder is there, which is told by `report`.
 */
export async function withPrivateLdap(
  env: Environment,
  report: (line: string) => void,
): Promise<Environment> {
  if (['LDAP_URLS', 'LDAP_BIND_DN', 'LDAP_BIND_PASSWORD'].some((name) => isSet(env, name))) return env
  const dataDir = await chooseDataDir(env['DATA_DIR'], checkout(), serviceUser())
  const [port, password] = [join(dataDir, 'slapd-port'), join(dataDir, 'ldap-password')]
  if (!existsSync(port) || !existsSync(password)) return env
  const baseDn = demoBaseDn(env)
  report(`No LDAP_ setting is set: the private directory of \`npm start\` in ${dataDir}, which has to run.`)
  return {
    ...env,
    LDAP_URLS: `ldap://127.0.0.1:${(await readFile(port, 'utf8')).trim()}`,
    LDAP_BASE_DN: baseDn,
    LDAP_BIND_DN: rootDn(baseDn),
    LDAP_BIND_PASSWORD: await readFile(password, 'utf8'),
  }
}
