import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ldifEntry } from '../../src/directory/ldif.ts'
import { startChild, type Child } from '../../src/local/child.ts'
import type { SlapdBinary } from '../../src/local/slapd-binary.ts'
import { freePort, testBinary } from './slapd.ts'

/** An OpenLDAP as a company runs it: configured in cn=config, without our schema, without our layout. */
export interface CompanySlapd {
  readonly url: string
  readonly ldapi: string
  readonly baseDn: string
  readonly bindDn: string
  readonly bindPassword: string
  readonly configDn: string
  readonly configPassword: string
  stop(): Promise<void>
}

export async function startCompanySlapd(o: { syncprov?: boolean } = {}): Promise<CompanySlapd> {
  const binary = await testBinary()
  const dir = await mkdtemp(join(tmpdir(), 'dolores-company-'))
  await mkdir(join(dir, 'config'))
  await mkdir(join(dir, 'data'))
  const config = configLdif(binary, dir, o.syncprov ?? true)
  await slapadd(binary, dir, config)
  const url = `ldap://127.0.0.1:${await freePort()}`
  const ldapi = `ldapi://${encodeURIComponent(join(dir, 'ldapi'))}`
  const child = await startChild({
    name: 'slapd',
    command: binary.slapd,
    args: ['-d', 'none', '-F', join(dir, 'config'), '-h', `${url}/ ${ldapi}`],
    cwd: dir,
    env: binary.env,
    user: null,
    marker: join(dir, 'running'),
    stopSignal: 'SIGTERM',
  })
  await listening(child, Number(new URL(url).port))
  return {
    url,
    ldapi,
    baseDn: BASE,
    bindDn: ADMIN,
    bindPassword: 'secret of the company',
    configDn: 'cn=config',
    configPassword: 'secret of the config',
    stop: async () => {
      await child.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const BASE = 'dc=company,dc=test'
const ADMIN = `cn=admin,${BASE}`

function configLdif(binary: SlapdBinary, dir: string, syncprov: boolean): string {
  const self = `gidNumber=${process.getgid?.()}+uidNumber=${process.getuid?.()},cn=peercred,cn=external,cn=auth`
  const modules = ['back_mdb', ...(syncprov ? ['syncprov'] : [])]
  return [
    ldifEntry('cn=config', { objectClass: 'olcGlobal', cn: 'config' }),
    binary.moduleDir === null
      ? ''
      : ldifEntry('cn=module{0},cn=config', {
          objectClass: 'olcModuleList',
          cn: 'module{0}',
          olcModulePath: binary.moduleDir,
          olcModuleLoad: modules,
        }),
    ldifEntry('cn=schema,cn=config', { objectClass: 'olcSchemaConfig', cn: 'schema' }),
    ...['core', 'cosine', 'inetorgperson'].map(
      (name) => `include: file://${binary.schemaDir}/${name}.ldif\n\n`,
    ),
    ldifEntry('olcDatabase={-1}frontend,cn=config', {
      objectClass: ['olcDatabaseConfig', 'olcFrontendConfig'],
      olcDatabase: '{-1}frontend',
    }),
    ldifEntry('olcDatabase={0}config,cn=config', {
      objectClass: 'olcDatabaseConfig',
      olcDatabase: '{0}config',
      olcRootDN: 'cn=config',
      olcRootPW: 'secret of the config',
      olcAccess: `to * by dn.exact=${self} manage by * none`,
    }),
    ldifEntry('olcDatabase={1}mdb,cn=config', {
      objectClass: ['olcDatabaseConfig', 'olcMdbConfig'],
      olcDatabase: '{1}mdb',
      olcSuffix: BASE,
      olcRootDN: ADMIN,
      olcRootPW: 'secret of the company',
      olcDbDirectory: join(dir, 'data'),
    }),
    syncprov
      ? ldifEntry('olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config', {
          objectClass: ['olcOverlayConfig', 'olcSyncProvConfig'],
          olcOverlay: '{0}syncprov',
        })
      : '',
  ].join('')
}

async function slapadd(binary: SlapdBinary, dir: string, ldif: string): Promise<void> {
  const file = join(dir, 'config.ldif')
  await writeFile(file, ldif)
  await new Promise<void>((resolve, reject) => {
    const args = ['-T', 'add', '-n0', '-F', join(dir, 'config'), '-l', file]
    const child = spawn(binary.slapd, args, { env: { ...process.env, ...binary.env } })
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`slapadd: ${errors}`))))
  })
}

/** Tries until somebody answers, or the server has ended. */
async function listening(child: Child, port: number): Promise<void> {
  let ended = false
  void child.exited.then(() => (ended = true))
  const open = () =>
    new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  while (!(await open())) if (ended) throw new Error(`slapd ended: ${child.stderr()}`)
}
