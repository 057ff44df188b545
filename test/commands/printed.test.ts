import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  envText,
  npmCommands,
  SCHEMA_FILE,
  schemaText,
  settingsTable,
  withSettings,
} from '../../src/commands/printed.ts'
import { readConfig, SETTINGS } from '../../src/config.ts'

describe('printed files', () => {
  it('the committed schema is the one that the code prints', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(schemaText())
  })

  it('the example of settings names each of them once, required ones empty and the others with their default', () => {
    const lines = envText().split('\n')
    for (const [name, { fallback }] of Object.entries<{ fallback?: string }>(SETTINGS)) {
      const line = fallback === undefined ? `${name}=` : `#${name}=${fallback}`
      expect(lines.filter((l) => l.replace('#', '').startsWith(`${name}=`))).toEqual([line])
    }
  })

  it('the example of settings, filled in where it is empty, is read', () => {
    const values: Record<string, string> = {
      DATABASE_URL: 'postgresql://db/dolores',
      LDAP_URLS: 'ldap://ldap',
      LDAP_BASE_DN: 'dc=example',
      LDAP_BIND_DN: 'cn=dolores',
      LDAP_BIND_PASSWORD: 'x',
      TOKEN_SECRET: 'x'.repeat(32),
    }
    const env = Object.fromEntries(
      envText()
        .split('\n')
        .flatMap((line) => {
          const [, name = '', value = ''] = /^(?:#(?! ))?([A-Z_]+)=(.*)$/.exec(line) ?? []
          return name === '' ? [] : [[name, value === '' ? values[name] : value]]
        }),
    )
    expect(readConfig(env, 'production').PORT).toBe(4000)
  })

  it('the table of settings is replaced between its marks and nowhere else', () => {
    const readme = 'a\n<!-- settings -->\nold\n<!-- /settings -->\nb\n'
    const fresh = withSettings(readme)
    expect(fresh).toBe(`a\n<!-- settings -->\n${settingsTable()}<!-- /settings -->\nb\n`)
    expect(withSettings(fresh ?? '')).toBe(fresh)
    expect(withSettings('no marks')).toBeNull()
  })

  it('commands are found as people would type them', () => {
    const text =
      'Run `npm start`, `npm test`, `npm run ldap:init -- --dry-run` and `npm start` again; npm install is not ours.'
    expect(npmCommands(text)).toEqual(['start', 'test', 'ldap:init'])
  })
})
