import { afterAll, beforeAll, describe } from 'vitest'
import { APP_KEY, CLIENT_ID, CLIENT_SECRET, EasemobEmulator } from '../../support/easemob/emulator.ts'
import { contract } from './contract.ts'
import { realTarget, type Target } from './target.ts'

describe('[1] the emulator is Easemob as the design has it', () => {
  let emulator: EasemobEmulator
  let target: Target
  beforeAll(async () => {
    emulator = await EasemobEmulator.start()
    target = { url: emulator.url, appKey: APP_KEY, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }
  })
  afterAll(() => emulator.close())
  contract(() => target)
})

const real = realTarget(process.env)
if (real) describe(`[1] Easemob itself, at ${real.url}`, () => contract(() => real))
