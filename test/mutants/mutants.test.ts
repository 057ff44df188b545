import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'

it('every mutant still applies to the code as it is (npm run mutants shows that the tests kill them)', () => {
  for (const { file, find, breaks } of MUTANTS) {
    expect(readFileSync(file, 'utf8').split(find).length - 1, breaks).toBeGreaterThan(0)
  }
})
