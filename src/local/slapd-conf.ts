import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hashPassword } from '../directory/layout.ts'
import type { SlapdBinary } from './slapd-binary.ts'

export interface SlapdConf {
  readonly binary: SlapdBinary
  /** Folder with `data/` and our `dolores.schema`; slapd's user can write it. */
  readonly dir: string
  readonly baseDn: string
  readonly rootDn: string
  readonly rootPassword: string
}

/** Every id that a slapd gives out carries its server id; one private server, so always the same. */
export const SERVER_ID = 1

const MODULES = ['back_mdb', 'syncprov', 'unique', 'ppolicy']

/**
 * The whole configuration, written anew at every start. Only the service account reads the tree; everybody else may bind
 * and replace their own password, and nothing more. refint and memberof are left out on purpose: they change entries without telling (trap 2).
 *
 * The session log is kept in memory, not in an accesslog database: after a kill the log is then gone, slapd answers the
 * next consumer with the list of all that is left, and no delete that was stored but not yet logged can be missed. It
 * also writes twice as fast.
 */
export function slapdConf(conf: SlapdConf): string {
  const { binary, dir, baseDn } = conf
  const lines = [
    ...['core', 'cosine', 'inetorgperson'].map(
      (name) => `include ${quote(join(binary.schemaDir, `${name}.schema`))}`,
    ),
    `include ${quote(join(dir, 'dolores.schema'))}`,
    `pidfile ${quote(join(dir, 'slapd.pid'))}`,
    ...moduleLines(binary.moduleDir),
    'loglevel none',
    'sizelimit unlimited',
    'timelimit unlimited',
    'idletimeout 0',
    'threads 8',
    `serverID ${SERVER_ID}`,
    'access to dn.base="" by * read',
    'access to dn.base="cn=Subschema" by * read',
    'database mdb',
    `suffix ${quote(baseDn)}`,
    `rootdn ${quote(conf.rootDn)}`,
    `rootpw ${hashPassword(conf.rootPassword)}`,
    `directory ${quote(join(dir, 'data'))}`,
    // An upper bound: the file is sparse and takes what it needs.
    `maxsize ${4 * 1024 ** 3}`,
    'index objectClass,entryUUID,entryCSN eq',
    'index uid,ou,cn,mail,displayName eq',
    'index dlrType,dlrDepartment,dlrRole eq',
    'overlay unique',
    // A login is free again when whoever had it lies in the trash.
    `unique_uri ${quote(`ldap:///${encodeURI(`ou=people,${baseDn}`)}?uid?sub?(objectClass=inetOrgPerson)`)}`,
    'overlay ppolicy',
    `ppolicy_default ${quote(`cn=default,ou=policies,${baseDn}`)}`,
    'ppolicy_hash_cleartext',
    'overlay syncprov',
    'syncprov-checkpoint 100 1',
    'syncprov-sessionlog 10000',
    'access to attrs=userPassword by self =xw by anonymous auth by * none',
    'access to * by * none',
  ]
  return `${lines.join('\n')}\n`
}

/** Static builds have no module folder: everything is in the program. */
function moduleLines(moduleDir: string | null): string[] {
  if (moduleDir === null) return []
  const present = MODULES.filter((name) =>
    ['.so', '.la'].some((suffix) => existsSync(join(moduleDir, `${name}${suffix}`))),
  )
  return [`modulepath ${quote(moduleDir)}`, ...present.map((name) => `moduleload ${name}`)]
}

function quote(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error(`Not usable in slapd.conf: ${JSON.stringify(text)}`)
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
