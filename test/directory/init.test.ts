import { execFile } from 'node:child_process'
import { Client } from 'ldapts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkDirectory } from '../../src/directory/check.ts'
import type { DirectoryOptions } from '../../src/directory/connection.ts'
import { initialise } from '../../src/directory/init.ts'
import { layoutOf } from '../../src/directory/names.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { readSchema } from '../../src/directory/schema.ts'
import { createLogger } from '../../src/log.ts'
import { startCompanySlapd, type CompanySlapd } from '../support/company-slapd.ts'

let company: CompanySlapd
beforeEach(async () => {
  company = await startCompanySlapd()
})
afterEach(async () => await company.stop())

function directory(): DirectoryOptions {
  const { url, baseDn, bindDn, bindPassword } = company
  return { urls: [url], baseDn, bindDn, bindPassword, startTls: false, ca: null, log: createLogger('silent') }
}

async function init(o: { dryRun?: boolean; url?: string; bindDn?: string; bindPassword?: string } = {}) {
  const lines: string[] = []
  const { dryRun = false, url = company.ldapi, bindDn = '', bindPassword = '' } = o
  const steps = await initialise({
    directory: directory(),
    config: { url, bindDn, bindPassword },
    dryRun,
    report: (line) => lines.push(line),
  })
  expect(lines).toHaveLength(steps)
  return lines
}

async function check(): Promise<void> {
  const pool = new LdapPool(directory())
  try {
    await checkDirectory(pool, layoutOf(company.baseDn))
  } finally {
    await pool.close()
  }
}

describe('npm run ldap:init', () => {
  it('brings a bare OpenLDAP to where the check is content, and a second run finds nothing to do', async () => {
    await expect(check()).rejects.toThrow(/does not know our schema \(dlrType.*npm run ldap:init/s)
    const lines = await init()
    expect(lines[0]).toMatch(/^did load the schema: 24 attributes, 7 classes/)
    expect(lines[1]).toBe('did create dc=company,dc=test')
    await check()
    expect(await init()).toEqual([])
  })

  it('with --dry-run says the same steps and takes none', async () => {
    const planned = await init({ dryRun: true })
    expect(planned.length).toBeGreaterThan(9)
    await expect(check()).rejects.toThrow(/does not know our schema/)
    const done = await init()
    expect(done.map((line) => line.replace(/^did/, 'would'))).toEqual(planned)
  })

  it('signs in as the administrator of cn=config when that is set', async () => {
    await init({ url: company.url, bindDn: company.configDn, bindPassword: company.configPassword })
    await check()
  })

  it('adds what a newer version of the schema has', async () => {
    const config = new Client({ url: company.url })
    await config.bind(company.configDn, company.configPassword)
    const { identifiers, attributeTypes } = readSchema()
    await config.add('cn=dolores,cn=schema,cn=config', {
      objectClass: 'olcSchemaConfig',
      cn: 'dolores',
      olcObjectIdentifier: [...identifiers],
      olcAttributeTypes: attributeTypes.slice(0, 20),
    })
    await config.unbind()
    const lines = await init()
    expect(lines[0]).toMatch(
      /^did add to the schema: dlrKey, dlrAppliesTo, dlrSensitive, dlrTrashedFrom, dlrDepartmentEntry/,
    )
    await check()
  })

  it('creates only what is missing of the layout', async () => {
    await init()
    const admin = new Client({ url: company.url })
    await admin.bind(company.bindDn, company.bindPassword)
    await admin.del(`ou=fields,${company.baseDn}`)
    await admin.unbind()
    await expect(check()).rejects.toThrow(/Missing in the directory: ou=fields,dc=company,dc=test/)
    expect(await init()).toEqual([`did create ou=fields,${company.baseDn}`])
  })

  it('says what the administrator can do when cn=config cannot be written', async () => {
    await expect(init({ url: 'ldapi://%2Fnowhere%2Fldapi' })).rejects.toThrow(
      /cn=config cannot be written.*as root.*LDAP_CONFIG_DN.*dolores\.ldif/s,
    )
    await expect(init({ url: company.url, bindDn: 'cn=config', bindPassword: 'wrong' })).rejects.toThrow(
      /cn=config cannot be written/,
    )
  })

  it('names the account when it may not sign in', async () => {
    company = { ...company, bindPassword: 'wrong' }
    await expect(init()).rejects.toThrow(/cannot be used as cn=admin,dc=company,dc=test/)
  })
})

it('a server without content sync is told apart', async () => {
  await company.stop()
  company = await startCompanySlapd({ syncprov: false })
  await init()
  await expect(check()).rejects.toThrow(/overlay syncprov/)
})

function command(env: Record<string, string>, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/commands/ldap-init.ts', ...args],
      { env: { PATH: process.env['PATH'] ?? '', ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

it('the command reads the settings, names those that are missing, and tells what it did', async () => {
  expect(await command({})).toMatchObject({
    code: 78,
    output: expect.stringMatching(
      /LDAP_URLS is required.*LDAP_BASE_DN is required.*LDAP_BIND_PASSWORD is required/s,
    ),
  })
  const env = {
    LDAP_URLS: company.url,
    LDAP_BASE_DN: company.baseDn,
    LDAP_BIND_DN: company.bindDn,
    LDAP_BIND_PASSWORD: company.bindPassword,
    LDAP_CONFIG_URL: company.ldapi,
  }
  expect(await command(env, '--dry-run')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/would load the schema.*Nothing was changed/s),
  })
  expect(await command(env)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/did load the schema.*The directory is ready/s),
  })
  expect(await command(env)).toMatchObject({ code: 0, output: 'The directory was ready.\n' })
})
