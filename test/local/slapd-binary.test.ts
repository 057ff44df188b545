import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { serviceUser } from '../../src/local/child.ts'
import { findSlapd, unpackSlapd } from '../../src/local/slapd-binary.ts'
import { PrivateSlapd } from '../../src/local/slapd.ts'
import { freePort, testBinary } from '../support/slapd.ts'

let dir: string
const path = process.env['PATH'] ?? ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dolores-binary-'))
  chmodSync(dir, 0o755)
})
afterEach(() => {
  process.env['PATH'] = path
  rmSync(dir, { recursive: true, force: true })
})

/** A machine's slapd, laid out as the package of the distribution lays it out. */
async function packageRoot(): Promise<string> {
  const binary = await testBinary()
  const root = join(dir, 'package')
  mkdirSync(join(root, 'usr/bin'), { recursive: true })
  cpSync(binary.slapd, join(root, 'usr/sbin/slapd'), { recursive: true })
  cpSync(binary.schemaDir, join(root, 'etc/ldap/schema'), { recursive: true })
  cpSync(binary.moduleDir ?? '', join(root, 'usr/lib/ldap'), { recursive: true })
  for (const tool of ['ldapmodify', 'ldapsearch'])
    cpSync(join(binary.toolDir ?? '', tool), join(root, 'usr/bin', tool))
  // One that was unpacked brings libraries that the machine does not have.
  for (const from of (binary.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== ''))
    for (const name of readdirSync(from).filter((file) => file.includes('.so')))
      cpSync(join(from, name), join(root, 'usr/lib', basename(from), name), { verbatimSymlinks: true })
  return root
}

/** An apt-get that downloads one package: what lies under `root`. */
function fakeApt(root: string, body = ''): void {
  const bin = join(dir, 'bin')
  mkdirSync(join(root, 'DEBIAN'), { recursive: true })
  writeFileSync(
    join(root, 'DEBIAN/control'),
    'Package: slapd\nVersion: 1\nArchitecture: all\nMaintainer: us\nDescription: x\n',
  )
  execFileSync('dpkg-deb', ['-Znone', '-b', root, join(dir, 'slapd.deb')])
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'apt-get'),
    `#!/bin/sh
${body}
for word; do case $word in
  Dir::Cache::archives=*) archives=\${word#*=} ;;
  install) cp ${join(dir, 'slapd.deb')} "$archives/slapd.deb" ;;
esac; done
`,
    { mode: 0o755 },
  )
  process.env['PATH'] = `${bin}:${path}`
}

it('a slapd unpacked without root runs from its folder, with modules, schemas and libraries of its own', async () => {
  fakeApt(await packageRoot())
  const steps: string[] = []
  const target = join(dir, 'unpacked')
  await unpackSlapd(target, (step) => steps.push(step))
  expect(steps).toEqual(['reading the package lists', 'downloading slapd', 'unpacking slapd'])
  expect(readdirSync(dir).filter((name) => name.includes('.part'))).toEqual([])

  const binary = findSlapd([], { SLAPD_BIN: join(target, 'usr/sbin/slapd') })
  expect(binary?.moduleDir).toBe(join(target, 'usr/lib/ldap'))
  expect(binary?.toolDir).toBe(join(target, 'usr/bin'))
  expect(binary?.env['LD_LIBRARY_PATH']).toContain(join(target, 'usr/lib'))
  if (!binary) return
  const server = await PrivateSlapd.start({
    dir: join(dir, 'data'),
    port: await freePort(),
    baseDn: 'dc=dolores,dc=test',
    rootPassword: 'x',
    user: serviceUser(),
    binary,
  })
  await server.stop()
})

it('of two that unpack at the same time the later one leaves what the earlier one uses; a broken leftover goes', async () => {
  fakeApt(await packageRoot())
  const target = join(dir, 'unpacked')
  const tool = join(target, 'usr/bin/ldapmodify')
  mkdirSync(join(target, 'usr/bin'), { recursive: true })
  await unpackSlapd(target, () => {})
  const { ino } = statSync(tool)
  await unpackSlapd(target, () => {})
  expect(statSync(tool).ino).toBe(ino)
})

it('a download that fails says what to do and leaves nothing behind', async () => {
  fakeApt(await packageRoot(), 'case "$*" in *update*) echo "no network" >&2; exit 100;; esac')
  const target = join(dir, 'unpacked')
  await expect(unpackSlapd(target, () => {})).rejects.toThrow(/apt-get install slapd.*LDAP_URLS/s)
  expect(existsSync(target)).toBe(false)
  expect(readdirSync(dir).filter((name) => name.includes('.part'))).toEqual([])
})

it('a machine without apt is told what to install', async () => {
  process.env['PATH'] = join(dir, 'nothing')
  await expect(unpackSlapd(join(dir, 'unpacked'), () => {})).rejects.toThrow(/brew install openldap/)
})

it('a SLAPD_BIN that is no slapd is an error, not a silent fall-back', () => {
  expect(() => findSlapd([], { SLAPD_BIN: '/nowhere/slapd' })).toThrow('SLAPD_BIN is /nowhere/slapd')
})
