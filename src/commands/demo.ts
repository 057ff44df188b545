import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { messageOf } from '../errors.ts'
import { serviceUser } from '../local/child.ts'
import { checkout, chooseDataDir, openDataDir, readSecrets } from '../local/data-dir.ts'
import { demoLdif, LARGEST, requireSize, SMALLEST, type DemoOptions } from '../local/demo/company.ts'
import { claim } from '../local/lock.ts'
import { demoBaseDn, privateSlapdOptions } from '../local/private-servers.ts'
import { PrivateSlapd } from '../local/slapd.ts'

const USAGE = `npm run demo -- [--people ${SMALLEST}..${LARGEST}] [--seed WORD] [--out FILE]

Makes the demo company anew in the private directory of \`npm start\`, which must be stopped. What was there before, the
log included, is moved to the folder "previous" of DATA_DIR. With --out the company is only written to FILE as LDIF.`

try {
  await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: String(SMALLEST) },
      seed: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const company = {
    baseDn: demoBaseDn(process.env),
    people: Number(values.people),
    ...(values.seed === undefined ? {} : { seed: values.seed }),
  }
  requireSize(company.people)
  if (values.out === undefined) await replaceDirectory(company)
  else await writeFile(company, values.out)
}

async function writeFile(company: DemoOptions, path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const piece of demoLdif(company)) await file.write(piece)
  } finally {
    await file.close()
  }
  console.log(`${path} holds ${company.people} people below ${company.baseDn}. Into an OpenLDAP of your own:`)
  console.log(`  npm run ldap:init, then stop it and run: slapadd -q -w -b ${company.baseDn} -l ${path}`)
}

async function replaceDirectory(company: DemoOptions): Promise<void> {
  if ((process.env['LDAP_URLS'] ?? '') !== '') {
    throw new Error(
      'LDAP_URLS is set, and that directory is not ours to replace. Write the company to a file with --out FILE and load ' +
        'it yourself, or unset LDAP_URLS to fill the private directory of `npm start`.',
    )
  }
  const user = serviceUser()
  const dataDir = await chooseDataDir(process.env['DATA_DIR'], checkout(), user)
  await openDataDir(dataDir, user)
  const release = await claim(dataDir)
  try {
    const options = await privateSlapdOptions(
      { env: process.env, report: (step) => console.error(step) },
      dataDir,
      user,
      await readSecrets(dataDir),
    )
    const fresh = join(dataDir, 'slapd.new')
    await rm(fresh, { recursive: true, force: true })
    console.error(`Making a company of ${company.people} people …`)
    const from = Date.now()
    await PrivateSlapd.load({ ...options, dir: fresh }, Readable.from(demoLdif(company)))
    const before = await putAside(dataDir, ['slapd', 'postgres'])
    await rename(fresh, options.dir)
    console.log(`Done in ${((Date.now() - from) / 1000).toFixed(1)} s. \`npm start\` serves it.`)
    if (before) console.log(`The directory and the log of before are in ${join(dataDir, 'previous')}.`)
  } finally {
    await release()
  }
}

/** The log tells the history of one directory; another directory begins another log. Keeps one generation. */
async function putAside(dataDir: string, names: readonly string[]): Promise<boolean> {
  const present = names.filter((name) => existsSync(join(dataDir, name)))
  if (present.length === 0) return false
  const previous = join(dataDir, 'previous')
  await rm(previous, { recursive: true, force: true })
  await mkdir(previous, { mode: 0o700 })
  for (const name of present) await rename(join(dataDir, name), join(previous, name))
  return true
}
