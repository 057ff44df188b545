import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'csv-parse/sync'
import type { Client } from '../support/client.ts'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { auditOf } from './log.ts'

let world: EditWorld
let guest: Client
let hr: Client
beforeAll(async () => {
  world = await startEditWorld()
  hr = world.hr.client
  guest = await world.server.login('guest', 'dolores')
})
afterAll(async () => await world?.close())

function parsed(csv: string): Record<string, string>[] {
  return parse(csv, { bom: true, columns: true })
}

describe('[10] the audit log as a file', () => {
  it('needs the session and the ability, and is no page of its own', async () => {
    for (const path of ['/audit.csv', '/audit.ndjson']) {
      expect((await world.server.client().get(path)).status).toBe(401)
      expect((await guest.get(path)).status).toBe(403)
      const answer = await hr.get(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-disposition')).toContain('attachment')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      await answer.text()
    }
    expect((await fetch(`${world.server.url}/audit.csv`, { method: 'DELETE' })).status).toBe(405)
  })

  it('has every record, newest first, as NDJSON and as CSV', async () => {
    for (let i = 0; i < 3; i++)
      await world.hr.edit('createDepartment', {
        name: `Exported ${i}`,
        typeId: world.places.departmentType,
        parentId: world.places.company,
      })
    await world.server.database.sql(
      `INSERT INTO audit (action, detail) SELECT 'many', '{}' FROM generate_series(1, 500)`,
    )
    const lines = (await (await hr.get('/audit.ndjson')).text()).trimEnd().split('\n')
    const all = await auditOf(world.server.database)
    expect(lines.map((line) => String(JSON.parse(line).number))).toEqual(all.map((r) => r.id).toReversed())
    // The export itself is in the log, and in what it exports.
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      action: 'audit.export',
      actorLogin: 'hr',
      detail: { format: 'ndjson' },
    })

    const rows = parsed(await (await hr.get('/audit.csv')).text())
    expect(rows.map((row) => row['number'])).toEqual(
      (await auditOf(world.server.database)).map((r) => r.id).toReversed(),
    )
    const made = rows.find((row) => row['subjectLabel'] === 'Exported 1')
    expect(made).toMatchObject({ action: 'department.create', outcome: 'DONE', actorLogin: 'hr' })
    expect(made?.['changes']).toContain('name:  → Exported 1')
  })

  it('takes the filters of the query, and notes them', async () => {
    await world.hr.edit('createDepartment', {
      name: 'Filtered',
      typeId: world.places.departmentType,
      parentId: world.places.company,
    })
    const text = await (
      await hr.get('/audit.ndjson?text=filtered&action=department.&from=2020-01-01T00:00:00Z')
    ).text()
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).subject.label),
    ).toEqual(['Filtered'])
    expect((await auditOf(world.server.database)).at(-1)?.detail).toEqual({
      format: 'ndjson',
      text: 'filtered',
      action: 'department.',
      from: '2020-01-01T00:00:00.000Z',
    })
  })

  it.each(['?subjectId=x', '?from=yesterday', '?outcome=MAYBE', '?everything=1', `?text=${'x'.repeat(101)}`])(
    'refuses %s, and nothing was taken',
    async (query) => {
      const before = (await auditOf(world.server.database)).length
      expect((await hr.get(`/audit.csv${query}`)).status).toBe(400)
      expect(await auditOf(world.server.database)).toHaveLength(before)
    },
  )

  it('[T111] runs nothing in a spreadsheet', async () => {
    const name = '=HYPERLINK("http://example.com";"x")'
    await world.hr.edit('createDepartment', {
      name,
      typeId: world.places.departmentType,
      parentId: world.places.company,
    })
    const rows = parsed(await (await hr.get('/audit.csv?text=hyperlink')).text())
    expect(rows.map((row) => row['subjectLabel'])).toEqual([`'${name}`])
  })

  it('is made as fast as it is read, and only three at once; whoever goes away makes room', async () => {
    const { accessToken = '' } = hr.tokens ?? {}
    await world.server.database.sql(`
      INSERT INTO audit (action, detail) SELECT 'large', jsonb_build_object('text', repeat('x', 4000)) FROM generate_series(1, 4000)`)
    const open = () =>
      new Promise<{ status: number; end: () => void }>((resolve, reject) => {
        const asked = request(
          `${world.server.url}/audit.ndjson`,
          { headers: { authorization: `Bearer ${accessToken}` }, agent: false },
          (response) => {
            // Nothing is read.
            response.pause()
            response.on('error', () => {})
            resolve({ status: response.statusCode ?? 0, end: () => asked.destroy() })
          },
        )
        asked.on('error', reject)
        asked.end()
      })
    const slow = [await open(), await open(), await open()]
    expect(slow.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await hr.get('/audit.ndjson')).status).toBe(503)
    for (const { end } of slow) end()
    await vi.waitFor(async () => {
      const again = await hr.get('/audit.csv?action=none')
      expect(again.status).toBe(200)
      await again.text()
    }, 10_000)
  })

  it('is cut off when the session ends, not ended', async () => {
    const other = await world.server.login('hr', 'dolores')
    const answer = await other.get('/audit.ndjson')
    const reader = answer.body?.getReader()
    await reader?.read()
    await other.query('mutation { logout }')
    const rest = async () => {
      for (;;) {
        const { done } = (await reader?.read()) ?? { done: true }
        if (done) return
      }
    }
    await expect(rest()).rejects.toThrow()
  })
})
