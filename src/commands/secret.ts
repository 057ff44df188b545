import { parseArgs } from 'node:util'
import { openDatabase } from '../changelog/database.ts'
import { migrate } from '../changelog/migrate.ts'
import { ConfigError, readSettings } from '../config.ts'
import { messageOf } from '../errors.ts'
import { replaceSecret } from '../identity/secret-fingerprint.ts'
import { projectorHealth } from '../projector/status.ts'

const USAGE = `npm run secret -- --rotate

Lets the instances on DATABASE_URL start with another TOKEN_SECRET, the one that is set now. Stop all of them before.
Everybody signs in again, invitations that are on their way and tokens of integrations end, every device loads its copy anew,
webhooks sign with other secrets (read them by rotateWebhookSecret), and the marks of the audit log begin anew.`

try {
  await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = error instanceof ConfigError ? error.exitCode : 1
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { rotate: flag, help: flag } })
  if (!values.rotate) {
    console.log(USAGE)
    if (!values.help) process.exitCode = 1
    return
  }
  const { DATABASE_URL, TOKEN_SECRET } = readSettings(process.env, 'production', [
    'DATABASE_URL',
    'TOKEN_SECRET',
  ])
  await migrate(DATABASE_URL)
  const db = await openDatabase(DATABASE_URL)
  try {
    if ((await projectorHealth(db)).isAlive)
      throw new Error(
        'An instance is running, or ended a moment ago. Stop all of them, wait ten seconds, and try again.',
      )
    await replaceSecret(db, TOKEN_SECRET)
    console.log('Start the instances with this TOKEN_SECRET.')
  } finally {
    await db.close()
  }
}
