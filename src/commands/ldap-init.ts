import { parseArgs } from 'node:util'
import { ConfigError, readSettings } from '../config.ts'
import { checkDirectory } from '../directory/check.ts'
import { initialise } from '../directory/init.ts'
import { layoutOf } from '../directory/names.ts'
import { LdapPool } from '../directory/pool.ts'
import { directoryOptions, LDAP_SETTINGS } from '../directory/settings.ts'
import { messageOf } from '../errors.ts'
import { createLogger } from '../log.ts'
import { withPrivateLdap } from './private-ldap.ts'

const USAGE = `npm run ldap:init -- [--dry-run]

Prepares your own OpenLDAP, once and after an update: loads our schema into cn=config and creates what is missing of
ou=departments, ou=people, ou=roles, ou=rules, ou=types, ou=fields, ou=trash and ou=policies under LDAP_BASE_DN.
Reads ${LDAP_SETTINGS.join(', ')}.
  --dry-run  only says what it would do`

try {
  await main()
} catch (e) {
  console.error(messageOf(e))
  process.exitCode = e instanceof ConfigError ? e.exitCode : 1
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { 'dry-run': flag, help: flag } })
  if (values.help) return console.log(USAGE)
  const dryRun = values['dry-run']
  const env = await withPrivateLdap(process.env, (line) => console.log(line))
  const config = readSettings(env, 'production', [
    ...LDAP_SETTINGS,
    'LDAP_CONFIG_URL',
    'LDAP_CONFIG_DN',
    'LDAP_CONFIG_PASSWORD',
  ])
  const directory = directoryOptions(config, createLogger('error'))
  const steps = await initialise({
    directory,
    config: {
      url: config.LDAP_CONFIG_URL,
      bindDn: config.LDAP_CONFIG_DN,
      bindPassword: config.LDAP_CONFIG_PASSWORD,
    },
    dryRun,
    report: (line) => console.log(line),
  })
  if (dryRun) return console.log(steps === 0 ? 'Nothing to do.' : `${steps} steps. Nothing was changed.`)
  const pool = new LdapPool({ ...directory, size: 1 })
  try {
    await checkDirectory(pool, layoutOf(config.LDAP_BASE_DN))
    console.log(steps === 0 ? 'The directory was ready.' : 'The directory is ready.')
  } finally {
    await pool.close()
  }
}
