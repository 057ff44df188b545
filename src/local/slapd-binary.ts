import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { hasApt, libraryPath, unpackPackages } from './unpack-packages.ts'

/** An OpenLDAP server on this machine and what lies around it. */
export interface SlapdBinary {
  readonly slapd: string
  /** Null for static builds, which need no module. */
  readonly moduleDir: string | null
  readonly schemaDir: string
  /** Where ldapmodify and ldapsearch are; null without them. The product does not need them, tests do. */
  readonly toolDir: string | null
  readonly env: Readonly<Record<string, string>>
}

/** Paths below a root: `/` for the machine, the folder of an unpacked package otherwise. */
interface Place {
  readonly slapd: string
  readonly schemas: readonly string[]
  readonly modules: readonly string[]
  readonly tools: readonly string[]
}

/** Debian, Ubuntu, Fedora, openSUSE, Arch, Alpine; then Homebrew on both kinds of Mac. */
const PLACES: readonly Place[] = [
  ...['/usr/sbin/slapd', '/usr/lib/openldap/slapd', '/usr/libexec/slapd', '/usr/local/libexec/slapd'].map(
    (slapd) => ({
      slapd,
      schemas: ['/etc/ldap/schema', '/etc/openldap/schema', '/usr/local/etc/openldap/schema'],
      modules: ['/usr/lib/ldap', '/usr/lib64/openldap', '/usr/lib/openldap', '/usr/local/libexec/openldap'],
      tools: ['/usr/bin', '/usr/local/bin'],
    }),
  ),
  ...['/opt/homebrew', '/usr/local'].map((prefix) => ({
    slapd: `${prefix}/opt/openldap/libexec/slapd`,
    schemas: [`${prefix}/etc/openldap/schema`],
    modules: [`${prefix}/opt/openldap/libexec/openldap`],
    tools: [`${prefix}/opt/openldap/bin`, '/usr/bin'],
  })),
]

/**
 * The slapd that `SLAPD_BIN` names, else one of the machine, else one unpacked earlier into one of `folders`.
 * Null when there is none. A SLAPD_BIN that cannot be used throws.
 */
export function findSlapd(
  folders: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = process.env,
): SlapdBinary | null {
  const named = env['SLAPD_BIN'] ?? ''
  if (named !== '') {
    const root = /^(.+)\/usr\/(?:sbin|libexec|lib\/openldap)\/slapd$/.exec(named)?.[1] ?? '/'
    const found = first(PLACES, (place) => look(root, place, named))
    if (!found) throw new Error(`SLAPD_BIN is ${named}: no slapd with its schema folder is there.`)
    return found
  }
  const found = first(['/', ...folders], (root) => first(PLACES, (place) => look(root, place)))
  return found && found.toolDir === null ? { ...found, ...toolsOf(folders) } : found
}

function look(root: string, place: Place, slapd = join(root, place.slapd)): SlapdBinary | null {
  const existing = (paths: readonly string[], has: (dir: string) => boolean) =>
    first(paths, (path) => (has(join(root, path)) ? join(root, path) : null))
  const schemaDir = existing(place.schemas, (dir) => existsSync(join(dir, 'inetorgperson.schema')))
  if (!executable(slapd) || schemaDir === null) return null
  return {
    slapd,
    schemaDir,
    moduleDir: existing(place.modules, existsSync),
    toolDir: existing(place.tools, (dir) => executable(join(dir, 'ldapmodify'))),
    env: root === '/' ? {} : libraryPath(root),
  }
}

/** Tools unpacked earlier, for a machine that has slapd without them. */
function toolsOf(folders: readonly string[]): Pick<SlapdBinary, 'toolDir' | 'env'> {
  const root = folders.find((dir) => executable(join(dir, 'usr/bin/ldapmodify')))
  return root === undefined
    ? { toolDir: null, env: {} }
    : { toolDir: join(root, 'usr/bin'), env: libraryPath(root) }
}

function first<T, R>(items: readonly T[], of: (item: T) => R | null): R | null {
  for (const item of items) {
    const found = of(item)
    if (found !== null) return found
  }
  return null
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A slapd of the machine, else one unpacked into `dir` now or earlier. `withTools` also insists on ldapmodify. */
export async function ensureSlapd(
  dir: string,
  report: (step: string) => void,
  withTools = false,
): Promise<SlapdBinary> {
  const found = findSlapd([dir])
  if (found && (!withTools || found.toolDir !== null)) return found
  return await unpackSlapd(dir, report)
}

/**
 * Unpacks slapd and ldap-utils into `dir` with apt, without root and without touching the system. All or nothing: `dir`
 * appears when everything is there.
 */
export async function unpackSlapd(dir: string, report: (step: string) => void): Promise<SlapdBinary> {
  if (!(await hasApt())) {
    throw new Error(
      'No OpenLDAP server was found, and this machine has no apt to unpack one with. Install it ' +
        '(macOS: `brew install openldap`, Fedora: `dnf install openldap-servers`, Alpine: `apk add openldap ' +
        'openldap-back-mdb openldap-overlay-all`), name it in SLAPD_BIN, or set LDAP_URLS to your own server.',
    )
  }
  try {
    const isThere = () => first(PLACES, (place) => look(dir, place)) !== null
    await unpackPackages({ packages: ['slapd', 'ldap-utils'], dir, isThere, report })
  } catch (e) {
    throw new Error(
      `slapd could not be unpacked with apt: ${messageOf(e)}\nInstall it (\`apt-get install slapd\`), or set LDAP_URLS to ` +
        'your own LDAP server.',
      { cause: e },
    )
  }
  const found = findSlapd([dir])
  if (!found) throw new Error(`The packages that apt downloaded into ${dir} contain no usable slapd.`)
  return found
}
