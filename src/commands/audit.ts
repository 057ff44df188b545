import { parseArgs } from 'node:util'
import { verifyChain, type ChainEnd } from '../audit/chain.ts'
import { openDatabase } from '../changelog/database.ts'
import { messageOf } from '../errors.ts'
import { databaseUrl } from './database-url.ts'

const USAGE = `npm run audit -- verify [--expect HASH]

Checks that the audit log is what was written: every record, in its order, up to the newest one.
  --expect  a hash that an earlier run has printed and that was kept elsewhere: the log must still contain it.
            Whoever owns the database can cut off the end of the log, or write it anew; they cannot make this hash again.

Exits with 1 at the first record that is not what was written.`

try {
  process.exitCode = await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function main(): Promise<number> {
  const options = { expect: { type: 'string' }, help: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const expected = values.expect?.trim().toLowerCase() ?? null
  if (positionals.join(' ') !== 'verify' || (expected !== null && !/^[0-9a-f]{64}$/.test(expected))) {
    console.error(USAGE)
    return 64
  }
  const db = await openDatabase(await databaseUrl())
  try {
    return await verify(db, expected)
  } finally {
    await db.close()
  }
}

async function verify(db: Parameters<typeof verifyChain>[0], expected: string | null): Promise<number> {
  const verdict = await verifyChain(db, expected)
  switch (verdict.kind) {
    case 'whole':
      console.log(`The audit log is whole. ${endText(verdict.end)}`)
      if (verdict.expectedAt !== null)
        console.log(`The expected hash is that of record ${verdict.expectedAt}.`)
      return 0
    case 'broken':
      console.error(`THE AUDIT LOG WAS TAMPERED WITH. Record ${verdict.record}: ${verdict.reason}.`)
      return 1
    case 'unexpected':
      console.error('THE AUDIT LOG WAS TAMPERED WITH. It no longer contains the expected hash:')
      console.error(`its end was cut off, or all of it was written anew. ${endText(verdict.end)}`)
      return 1
    case 'unguarded':
      console.error(
        `THE AUDIT LOG IS NOT GUARDED. Missing or disabled triggers: ${verdict.missing.join(', ')}.`,
      )
      console.error(`All records are what was written so far. ${endText(verdict.end)}`)
      return 1
  }
}

function endText({ count, hash }: ChainEnd): string {
  return `Records: ${count}. Hash of the last one: ${hash}`
}
