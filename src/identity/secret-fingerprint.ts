import type { Database, Statement } from '../changelog/database.ts'
import { reaching } from '../changelog/failure.ts'
import { ConfigError } from '../config.ts'
import { deriveSecret } from './keys.ts'

const FIRST: Statement = {
  name: 'secret_fingerprint_first',
  text: 'INSERT INTO secret_fingerprint (id, fingerprint) VALUES (1, $1) ON CONFLICT (id) DO NOTHING',
}
const READ: Statement = {
  name: 'secret_fingerprint_read',
  text: 'SELECT fingerprint FROM secret_fingerprint WHERE id = 1',
}
const REPLACE: Statement = {
  name: 'secret_fingerprint_replace',
  text: `INSERT INTO secret_fingerprint (id, fingerprint) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET fingerprint = EXCLUDED.fingerprint`,
}

/**
 * All instances on one database have the same TOKEN_SECRET: with another one, tokens, cursors and links of one instance would
 * be refused by the next, and signatures of webhooks would change from message to message. The first start leaves a
 * fingerprint that tells nothing of the secret; ConfigError where it does not fit.
 */
export async function requireSameSecret(db: Database, secret: string): Promise<void> {
  const fingerprint = fingerprintOf(secret)
  const known = await reaching(async () => {
    await db.run(FIRST, [fingerprint])
    return (await db.run<{ fingerprint: string }>(READ, []))[0]?.fingerprint
  })
  if (known === fingerprint) return
  throw new ConfigError([
    'TOKEN_SECRET is not the one that this database was used with. Every instance needs the same one. To take this one from now on, stop all instances and run `npm run secret -- --rotate` with it.',
  ])
}

/** From here on the instances are started with this secret. */
export async function replaceSecret(db: Database, secret: string): Promise<void> {
  await reaching(() => db.run(REPLACE, [fingerprintOf(secret)]))
}

function fingerprintOf(secret: string): string {
  return deriveSecret(secret, 'fingerprint').toString('hex')
}
