import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { operation } from '../support/device.ts'
import type { Client } from '../support/client.ts'
import { bearer, ended, exportText, imported, report, start, started, upload } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld({ settings: { IMPORT_MAX_MB: '1', IMPORT_MAX_ROWS: '50' } })
})
afterAll(async () => await world?.close())
const typeName = () => world.state.get('staffType', world.places.staffType)?.name ?? ''

/** The beginning of one with a name that leads out of a folder, and a part that says of itself that it is 4 GiB. */
function workbook(): Buffer {
  const name = Buffer.from('../../xl/worksheets/sheet1.xml')
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(0xffffffff, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, name, deflateRawSync(Buffer.alloc(1000))])
}

/** Somebody without any ability. */
async function nobody(): Promise<Client> {
  const plain = [...world.state.all('staff')].find(
    (s) =>
      s.status === 'ACTIVE' &&
      s.roleIds.length > 0 &&
      s.roleIds.every((id) => world.state.get('role', id)?.abilities.length === 0),
  )
  return await world.server.login(plain?.login ?? '', 'dolores')
}

/** Sends bytes as a stream, as curl does; answers status and body. */
async function send(path: string, headers: Record<string, string>, bytes: Iterable<Uint8Array>) {
  const sent = request(`${world.server.url}${path}`, { method: 'POST', headers, agent: false })
  sent.on('error', () => {})
  const answered = once(sent, 'response')
  void (async () => {
    for (const piece of bytes) if (!sent.write(piece)) await Promise.race([once(sent, 'drain'), answered])
    sent.end()
  })()
  const [response] = (await answered) as [IncomingMessage]
  let text = ''
  for await (const piece of response) text += String(piece)
  return { status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> }
}

describe('uploads', () => {
  it('[T44] [T40] are taken only from those who may edit, and belong to them', async () => {
    expect((await send('/uploads', {}, [Buffer.from('x')])).status).toBe(401)
    expect((await send('/uploads', bearer(await nobody()), [Buffer.from('x')])).status).toBe(403)
    const id = await upload(world.hr.client, 'login\nx\n')
    expect((await world.hr.client.get(`/uploads/${id}`)).status).toBe(200)
    expect((await (await nobody()).get(`/uploads/${id}`)).status).toBe(403)
    expect((await world.hr.client.get('/uploads/00000000-0000-4000-8000-000000000000')).status).toBe(404)
    const page = { ...bearer(world.hr.client), origin: 'https://evil.example' }
    expect((await send('/uploads', page, [Buffer.from('x')])).status).toBe(403)
  })

  it('[T73] end at the limit, whatever they say of their length, and leave nothing', async () => {
    const before = await parts()
    const endless = Array.from({ length: 200 }, () => Buffer.alloc(65_536, 0x61))
    const { status } = await send('/uploads', bearer(world.hr.client), endless)
    expect(status).toBe(413)
    expect(await parts()).toBe(before)
    const gzip = { ...bearer(world.hr.client), 'content-encoding': 'gzip' }
    expect((await send('/uploads', gzip, [Buffer.from('x')])).status).toBe(415)
  })

  it('go on where they broke off', async () => {
    const id = await upload(world.hr.client, 'login,title\n')
    const wrong = await send(`/uploads/${id}?offset=5`, bearer(world.hr.client), [Buffer.from('x')])
    expect(wrong).toMatchObject({ status: 409, body: { errors: [{ message: 'It goes on at 12.' }] } })
    const right = await send(`/uploads/${id}?offset=12`, bearer(world.hr.client), [Buffer.from('hr,Head\n')])
    expect(right).toMatchObject({ status: 200, body: { id, size: 20 } })
    const { rows } = await ended(
      world.hr.client,
      await started(world.hr.client, { uploadId: id, dryRun: true }),
    )
    expect(rows).toMatchObject([{ action: 'UPDATE', label: 'hr' }])
  })

  it('are ten of one person at most, of which the oldest makes room, and go with their import', async () => {
    const ids: string[] = []
    for (let i = 0; i < 11; i++) ids.push(await upload(world.hr.client, 'login,title\nhr,x\n'))
    const statuses = await Promise.all(
      ids.map(async (id) => (await world.hr.client.get(`/uploads/${id}`)).status),
    )
    expect(statuses).toEqual([404, ...Array.from({ length: 10 }, () => 200)])
    const uploadId = ids[10] ?? ''
    await ended(world.hr.client, await started(world.hr.client, { uploadId }))
    expect(await start(world.hr.client, { uploadId })).toMatchObject({ __typename: 'NotFound' })
  })

  async function parts(): Promise<number> {
    const [row] = await world.server.database.sql<{ n: number }>(
      'SELECT count(*)::int AS n FROM transfer_part',
    )
    return row?.n ?? -1
  }
})

describe('an import as a whole', () => {
  it.each([
    ['', {}, /no header/],
    ['what,ever\n1,2\n', {}, /No column/],
    ['{', { format: 'JSON' }, null],
    ['[1]', { format: 'JSON' }, /list of JSON objects/],
    [new Uint8Array([0x61, 0xff, 0xff, 0x61]), {}, /neither UTF-8 nor GB18030/],
    [`login\n${'x\n'.repeat(60)}`, {}, /more than 50 rows/],
  ] as const)('[T112] %o fails with a reason, and nothing is done', async (file, input, problem) => {
    const version = world.server.instance.replica.version
    const bytes = typeof file === 'string' ? file : new Uint8Array(file)
    const end = await imported(world.hr.client, bytes, input)
    if (problem) expect(end).toMatchObject({ state: 'FAILED', problem: expect.stringMatching(problem) })
    else expect(end.rows).toMatchObject([{ action: 'ERROR', errors: [{ code: 'MALFORMED' }] }])
    expect(world.server.instance.replica.version).toBe(version)
  })

  it.each([
    ['XLSX', workbook()],
    ['ZIP', Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])],
    [
      'XLS',
      Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(504)]),
    ],
    ['GZIP', gzipSync(Buffer.alloc(1_000_000, 0x61))],
  ])('[T113] is never one of %s: nobody unpacks it, whatever it is called', async (name, file) => {
    const version = world.server.instance.replica.version
    for (const format of ['CSV', 'JSON', 'LDIF'])
      for (const encoding of [undefined, 'GB18030']) {
        const end = await imported(world.hr.client, new Uint8Array(file), { format, encoding })
        const problem = expect.stringMatching(new RegExp(`${name}.*save it as CSV`))
        expect(end).toMatchObject({ state: 'FAILED', problem, total: null })
      }
    expect(world.server.instance.replica.version).toBe(version)
  })

  it.each([
    { uploadId: 'x' },
    { uploadId: '*' },
    { mapping: [{ column: 'x', field: 'password' }] },
    { mapping: [{ column: 'x', field: 'roleIds' }] },
  ])('[T58] %o is refused', async (input) => {
    const uploadId = await upload(world.hr.client, 'login\nhr\n')
    expect(await start(world.hr.client, { uploadId, ...input })).toMatchObject({
      __typename: expect.stringMatching(/^(NotFound|InvalidInput)$/),
    })
  })

  it('[T77] asked twice under one key is one import', async () => {
    const uploadId = await upload(world.hr.client, 'login,title\nhr,Same\n')
    const input = { uploadId, idempotencyKey: 'once', dryRun: true }
    expect(await started(world.hr.client, input)).toBe(await started(world.hr.client, input))
    expect(await start(world.hr.client, { ...input, dryRun: false })).toMatchObject({ code: 'KEY_REUSED' })
    for (const other of [{ mode: 'CREATE' }, { emptyClears: true }, { staffType: 'Employee' }])
      expect(await start(world.hr.client, { ...input, ...other })).toMatchObject({ code: 'KEY_REUSED' })
  })

  it('tells its progress to whoever may see it, and ends with it', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `pr${i},P ${i},${typeName()}`)
    const uploadId = await upload(world.hr.client, ['login,name,type', ...rows].join('\n'))
    const wire = await world.hr.client.socket()
    const id = await started(world.hr.client, { uploadId })
    wire.send({
      id: 'p',
      type: 'subscribe',
      payload: { query: operation('ImportProgress'), variables: { id } },
    })
    const seen: { state: string; done: number }[] = []
    for (let message = await wire.next(); message.type === 'next'; message = await wire.next()) {
      const { data } = message.payload as { data: { importProgress: { state: string; done: number } } }
      seen.push(data.importProgress)
    }
    expect(seen.at(-1)).toMatchObject({ state: 'DONE', done: 40 })
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b))
    const other = await (await nobody()).socket()
    other.send({
      id: 'p',
      type: 'subscribe',
      payload: { query: operation('ImportProgress'), variables: { id } },
    })
    expect(JSON.stringify(await other.next())).toContain('There is no such import')
    for (const one of [wire, other]) one.ws.close()
  })

  it('stops when it is told to, and is undone as far as it came', async () => {
    const uploadId = await upload(world.hr.client, `login,name,type\ncan1,A,${typeName()}\n`)
    const id = await started(world.hr.client, { uploadId })
    await world.hr.client.query(operation('CancelImport'), { id })
    const end = await ended(world.hr.client, id)
    expect(['CANCELLED', 'DONE']).toContain(end.state)
    expect(end.created).toBe(end.state === 'DONE' ? 1 : 0)
    await world.hr.client.query(operation('UndoImport'), { id })
    expect(await ended(world.hr.client, id)).toMatchObject({ state: 'UNDONE', undone: end.created })
    expect((await report(world.hr.client, id)).kept).toBe(0)
  })

  it.each(['\u202eevil', 'a\u0000b', 'x'.repeat(9000), '*)(uid=*', 'cn=a,ou=evil', '\ud800'])(
    '[T19] [T58] [T59] a login such as %j is looked for literally, and refused',
    async (login) => {
      const file = JSON.stringify([{ kind: 'staff', login, name: 'X', type: typeName(), manager: login }])
      const { rows } = await imported(world.hr.client, file, { format: 'JSON' })
      expect(rows).toMatchObject([{ action: 'ERROR' }])
    },
  )
})

describe('[6] before an import', () => {
  const GBK = Buffer.from([0xd0, 0xd5, 0xc3, 0xfb])
  const FILE = '登录名,姓名（必填）,What,,手机\r\nli.na,李娜,x,,\r\nwang,王,,,139\r\n'
  const peeked = async (client: Client, uploadId: string, more: object = {}) => {
    const variables = { uploadId, format: 'CSV', kind: 'STAFF', ...more }
    const { admin } = await client.query(operation('UploadedFile'), variables)
    return (admin as { uploadedFile: Record<string, unknown> | null } | null)?.uploadedFile ?? null
  }

  it('its columns are told, with what they would fill and what stands in them', async () => {
    const uploadId = await upload(world.hr.client, FILE)
    expect(await peeked(world.hr.client, uploadId)).toEqual({
      encoding: 'UTF_8',
      delimiter: 'COMMA',
      problem: null,
      columns: [
        { header: '登录名', field: 'login', samples: ['li.na', 'wang'] },
        { header: '姓名（必填）', field: 'name', samples: ['李娜', '王'] },
        { header: 'What', field: null, samples: ['x'] },
        { header: '', field: null, samples: [] },
        { header: '手机', field: 'mobile', samples: ['139'] },
      ],
    })
    const gbk = await upload(world.hr.client, new Uint8Array(GBK))
    expect(await peeked(world.hr.client, gbk)).toMatchObject({
      encoding: 'GB18030',
      columns: [{ header: '姓名' }],
    })
    expect(await peeked(world.hr.client, gbk, { encoding: 'UTF_8' })).toMatchObject({
      columns: [],
      problem: expect.stringContaining('not in utf-8'),
    })
    const packed = await upload(world.hr.client, new Uint8Array(workbook()))
    expect(await peeked(world.hr.client, packed)).toMatchObject({ problem: expect.stringContaining('XLSX') })
  })

  it('[T40] is told to nobody but whoever has sent it', async () => {
    const uploadId = await upload(world.hr.client, FILE)
    expect(await peeked(await nobody(), uploadId)).toBeNull()
    const branch = [...world.state.all('role')].find((r) => r.name === 'Branch administrator')
    const delegate = [...world.state.all('staff')].find((s) => s.roleIds.includes(branch?.id ?? ''))
    const other = await world.as(delegate?.login ?? '')
    expect(await peeked(other.client, uploadId)).toBeNull()
    expect(await peeked(world.hr.client, 'x')).toBeNull()
    expect(await peeked(world.hr.client, '00000000-0000-4000-8000-000000000000')).toBeNull()
  })

  it('[T36] the fields of files are told, and which of them somebody may set', async () => {
    const fields = async (client: Client, kind = 'STAFF') => {
      const { admin } = await client.query(operation('FileFields'), { kind })
      return (admin as { fileFields: { field: string; names: string[]; isSettable: boolean }[] } | null)
        ?.fileFields
    }
    const all = (await fields(world.hr.client)) ?? []
    expect(all.every(({ isSettable }) => isSettable)).toBe(true)
    expect(all.map(({ field }) => field)).toEqual(expect.arrayContaining(['login', 'leads', 'metadata.seat']))
    expect((await fields(world.hr.client, 'DEPARTMENT'))?.map(({ field }) => field)).toContain('path')
    expect(await fields(await nobody())).toBeUndefined()
    const abilities = [{ name: 'staff.write', scope: 'ORGANISATION', fields: ['title', 'seat'] }]
    const role = await world.hr.edit('createRole', { name: 'Titles', abilities, ruleIds: [] })
    const login = 'titles'
    await world.hr.edit('createStaff', {
      login,
      name: login,
      typeId: world.places.staffType,
      memberships: [{ departmentId: world.places.company }],
      roleIds: [role.id],
    })
    await world.server.slapd.ldapmodify(
      `dn: uid=${login},ou=people,dc=dolores,dc=test\nchangetype: modify\nreplace: userPassword\nuserPassword: dolores\n`,
    )
    const few = (await fields((await world.as(login)).client)) ?? []
    expect(few.filter(({ isSettable }) => isSettable).map(({ field }) => field)).toEqual([
      'id',
      'login',
      'title',
      'metadata.seat',
    ])
  })
})

describe('exports', () => {
  it('[T40] need a session with abilities', async () => {
    expect((await fetch(`${world.server.url}/export.csv`)).status).toBe(401)
    expect((await (await nobody()).get('/export.csv')).status).toBe(404)
    expect((await world.hr.client.get('/export.csv?kind=x')).status).toBe(400)
    expect((await world.hr.client.get('/export.xml')).status).toBe(404)
    expect((await world.hr.client.get('/export.csv?departmentId=*')).status).toBe(404)
    const response = await world.hr.client.get('/export.csv')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    await response.text()
  })

  it('[6] hold the columns that were asked for, in their order, and are written down with them', async () => {
    const text = await exportText(
      world.hr.client,
      '/export.csv?columns=name,login,metadata.seat,metadata.nothing',
    )
    const [head, ...lines] = text.split('\r\n')
    expect(head).toBe('\ufeffname,login,metadata.seat')
    expect(lines.length).toBeGreaterThan(10)
    const departments = await exportText(world.hr.client, '/export.csv?kind=department&columns=path')
    expect(departments.split('\r\n')[0]).toBe('\ufeffpath')
    const rows = await world.server.database.sql(
      "SELECT to_jsonb(audit)::text AS line FROM audit WHERE action = 'directory.export'",
    )
    expect(JSON.stringify(rows)).toContain('name,login,metadata.seat')
    for (const wrong of [
      '/export.csv?columns=password',
      '/export.csv?columns=',
      '/export.json?columns=name',
      '/export.csv?headers=fr',
    ])
      expect([wrong, (await world.hr.client.get(wrong)).status]).toEqual([wrong, 400])
  })

  it('of a department hold what is in it and below', async () => {
    const [department] = [...world.state.all('department')].filter(
      (d) => d.parentId === world.places.company && d.status === 'ACTIVE',
    )
    const text = await exportText(world.hr.client, `/export.json?departmentId=${department?.id}`)
    const rows: { kind: string; path?: string }[] = JSON.parse(text)
    expect(rows[0]?.path).toContain(department?.name)
    expect(rows.length).toBeLessThan([...world.state.all('staff')].length)
    expect(rows.some(({ kind }) => kind === 'staff')).toBe(true)
  })
})
