import { histories, hunt } from './hunt.ts'
import { MUTANTS } from './mutants.ts'
import { SDK_MUTANTS } from './sdk-mutants.ts'
import { runSdkTests } from './sdk-run.ts'

/**
 * `npm run mutants`: in how many histories each fault is found, and by which promise, several seeds each; then which of those of
 * the SDK its tests find.
 */
const SEEDS = [1, 2, 3]
const HISTORIES = 1000

let survivors = 0
for (const mutant of MUTANTS) {
  const found = []
  for (const seed of SEEDS) found.push(await hunt(mutant, histories(HISTORIES, seed)))
  const survived = found.filter(({ runs }) => runs === null).length
  if (survived > 0) survivors++
  const runs = found.map((it) => it.runs ?? `${HISTORIES}+`).join(', ')
  process.stdout.write(`${survived > 0 ? 'SURVIVED' : 'killed  '} ${runs.padEnd(14)} ${mutant.breaks}\n`)
  process.stdout.write(`         by ${found.map(({ by }) => by)[0]}\n`)
}
for (const { breaks, tests } of SDK_MUTANTS) {
  const { failed } = await runSdkTests([tests], breaks)
  if (failed === 0) survivors++
  process.stdout.write(
    `${failed === 0 ? 'SURVIVED' : 'killed  '} ${''.padEnd(14)} ${breaks}\n         by ${tests}\n`,
  )
}
const all = MUTANTS.length + SDK_MUTANTS.length
process.stdout.write(`${all - survivors} of ${all} mutants killed\n`)
process.exitCode = survivors === 0 ? 0 : 1
