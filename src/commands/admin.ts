import { parseArgs } from 'node:util'
import { AuditLog } from '../audit/audit-log.ts'
import { openDatabase } from '../changelog/database.ts'
import { ConfigError, readSettings } from '../config.ts'
import { makeAdministrator } from '../directory/administrators.ts'
import { PasswordWriter } from '../directory/password-writer.ts'
import { LdapPool } from '../directory/pool.ts'
import { DirectoryReader } from '../directory/reader.ts'
import { directoryOptions, LDAP_SETTINGS } from '../directory/settings.ts'
import { DirectoryWriter } from '../directory/writer.ts'
import { messageOf } from '../errors.ts'
import { createLogger } from '../log.ts'
import { faultOf } from '../identity/passwords.ts'
import { databaseUrl } from './database-url.ts'
import { withPrivateLdap } from './private-ldap.ts'

const USAGE = `npm run admin -- LOGIN [--create "Their Name"] [--password-stdin]

The first administrator, and the way back in when nobody can sign in any more: gives the person with this login a role that
may do everything, and enables them. Works on the directory alone; what it does takes effect on running servers at once.
Reads ${LDAP_SETTINGS.join(', ')}, and writes a record to the audit log
where DATABASE_URL is set. When none is set it takes the private servers of a running \`npm start\`.
  --create          makes the person when nobody has the login
  --password-stdin  sets the password that is read from standard input, one line of 8 characters or more that are
                    not guessed at once`

try {
  await main()
} catch (e) {
  console.error(messageOf(e))
  process.exitCode = e instanceof ConfigError ? e.exitCode : 1
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      create: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [login, ...more] = positionals
  if (values.help || login === undefined || more.length > 0) {
    console.log(USAGE)
    if (!values.help) process.exitCode = 1
    return
  }
  const env = await withPrivateLdap(process.env, (line) => console.log(line))
  const config = readSettings(env, 'production', [...LDAP_SETTINGS])
  const password = values['password-stdin'] ? await firstLine([login, values.create ?? '']) : null
  const directory = directoryOptions(config, createLogger('error'))
  const pool = new LdapPool({ ...directory, size: 1 })
  try {
    const reader = new DirectoryReader(pool)
    const means = {
      reader,
      writer: new DirectoryWriter(pool),
      passwords: new PasswordWriter(directory, pool),
      report: (line: string) => console.log(line),
    }
    const id = await makeAdministrator(means, { login, create: values.create ?? null, password })
    console.log(`${login} administers everything (${id}).`)
    await writeDown(id, env !== process.env)
  } finally {
    await pool.close()
  }
}

/** In the audit log, where the database is named; the directory may be all that is left. */
async function writeDown(id: string, isPrivate: boolean): Promise<void> {
  const { DATABASE_URL = '', DATABASE_URL_FILE = '' } = process.env
  if (!isPrivate && DATABASE_URL + DATABASE_URL_FILE === '')
    return console.log('Not in the audit log: set DATABASE_URL for that.')
  const db = await openDatabase(await databaseUrl())
  try {
    const subject = { kind: 'staff', id, label: null }
    await new AuditLog(db).write({ actorId: null, action: 'admin.command', subject })
    console.log('It stands in the audit log.')
  } finally {
    await db.close()
  }
}

/** A password on the command line would stand in the list of processes and in the shell's history. */
async function firstLine(words: readonly string[]): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part))
  const line = Buffer.concat(parts).toString('utf8').split(/\r?\n/)[0] ?? ''
  const faulty = await faultOf(line, words)
  if (faulty !== null) throw new Error(faulty.message)
  return line
}
