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
  /** Keeps a log of all writes, for the audit log: it takes about as long again as the writes. */
  readonly accesslog?: boolean
  /** A DN that may change everything, for tests of other tools; nobody unless given. */
  readonly editorDn?: string
}

/** Every id that a slapd gives out carries its server id; one private server, so always the same. */
export const SERVER_ID = 1

const MODULES = ['back_mdb', 'syncprov', 'unique', 'ppolicy', 'accesslog']

/**
 * The whole configuration, written anew at every start. Only the service account reads the tree; everybody else may bind
 * and replace their own password, and nothing more. refint and memberof are left out on purpose: they change entries without telling (trap 2).
 *
 * The session log is kept in memory, not in an accesslog database: after a kill the log is then gone, slapd answers the
 * next consumer with the list of all that is left, and no delete that was stored but not yet logged can be missed. It
 * also writes twice as fast.
 */
export function slapdConf(conf: SlapdConf): string {
  const { binary, dir, baseDn, editorDn } = conf
  const editor = editorDn === undefined ? '' : `by dn.exact=${quote(editorDn)} manage`
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
    ...(conf.accesslog === true ? accesslogDatabase(conf) : []),
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
    ...(conf.accesslog === true ? ACCESSLOG : []),
    `access to attrs=userPassword ${editor} by self =xw by anonymous auth by * none`,
    `access to * ${editor} by * none`,
  ]
  return `${lines.join('\n')}\n`
}

/** With what was there before, for a month. */
const ACCESSLOG = [
  'overlay accesslog',
  'logdb cn=accesslog',
  'logops writes',
  'logsuccess TRUE',
  'logold (objectClass=*)',
  'logpurge 30+00:00 01+00:00',
]

function accesslogDatabase({ dir, rootDn }: SlapdConf): string[] {
  return [
    'database mdb',
    'suffix cn=accesslog',
    `rootdn ${quote(rootDn)}`,
    `directory ${quote(join(dir, 'accesslog'))}`,
    `maxsize ${4 * 1024 ** 3}`,
    'index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN eq',
    'access to * by * none',
  ]
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
