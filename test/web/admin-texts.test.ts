import { expect, it } from 'vitest'
import { ACTIONS } from '../../src/audit/actions.ts'
import { ACTION_TEXTS } from '../../web/admin/i18n/actions.ts'

it('[6] the console has words for every action of the audit log, and for nothing else', () => {
  expect(Object.keys(ACTION_TEXTS)).toEqual(Object.keys(ACTIONS))
})
