import fc from 'fast-check'
import { BerWriter } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { SYNC_INFO, SYNC_STATE } from '../../src/directory/controls.ts'
import { readMessage, readSyncMessage, type SyncMessage } from '../../src/directory/message.ts'

const ID = '10203040-5060-7080-90a0-b0c0d0e0f001'
const UUID = Buffer.from(ID.replaceAll('-', ''), 'hex')

function message(
  operation: number,
  content: (w: BerWriter) => void,
  controls?: (w: BerWriter) => void,
): Buffer {
  const w = new BerWriter()
  w.startSequence()
  w.writeInt(2)
  w.startSequence(operation)
  content(w)
  w.endSequence()
  if (controls) {
    w.startSequence(0xa0)
    controls(w)
    w.endSequence()
  }
  w.endSequence()
  return Buffer.from(w.buffer)
}

function entry(state: number, cookie?: string): Buffer {
  return message(
    0x64,
    (w) => {
      w.writeString('uid=ann,dc=x')
      w.startSequence()
      w.startSequence()
      w.writeString('entryCSN')
      w.startSequence(0x31)
      w.writeString('csn of ann')
      w.endSequence()
      w.endSequence()
      w.endSequence()
    },
    (w) => {
      const value = new BerWriter()
      value.startSequence()
      value.writeEnumeration(state)
      value.writeBuffer(UUID, 0x04)
      if (cookie !== undefined) value.writeString(cookie)
      value.endSequence()
      w.startSequence()
      w.writeString(SYNC_STATE)
      w.writeBuffer(value.buffer, 0x04)
      w.endSequence()
    },
  )
}

function info(value: (w: BerWriter) => void): Buffer {
  const inner = new BerWriter()
  value(inner)
  return message(0x79, (w) => {
    w.writeString(SYNC_INFO, 0x80)
    w.writeBuffer(inner.buffer, 0x81)
  })
}

const phase = (tag: number, cookie?: string, done?: boolean) =>
  info((w) => {
    w.startSequence(tag)
    if (cookie !== undefined) w.writeString(cookie)
    if (done !== undefined) w.writeBoolean(done)
    w.endSequence()
  })

const ids = info((w) => {
  w.startSequence(0xa3)
  w.writeString('c')
  w.writeBoolean(true)
  w.startSequence(0x31)
  w.writeBuffer(UUID, 0x04)
  w.writeBuffer(UUID, 0x04)
  w.endSequence()
  w.endSequence()
})

const done = message(0x65, (w) => {
  w.writeEnumeration(4)
  w.writeString('')
  w.writeString('too many')
})

const read = (bytes: Buffer): SyncMessage => readSyncMessage(readMessage(bytes))

describe('a message of a content sync', () => {
  it('is read as RFC 4533 has it', () => {
    expect(read(entry(1, 'c'))).toEqual({
      kind: 'entry',
      state: 'add',
      cookie: 'c',
      entry: {
        id: ID,
        dn: 'uid=ann,dc=x',
        csn: 'csn of ann',
        attributes: new Map([['entrycsn', [Buffer.from('csn of ann')]]]),
      },
    })
    expect(read(entry(0))).toMatchObject({ state: 'present', cookie: null })
    expect(read(entry(3))).toMatchObject({ state: 'delete' })
    expect(read(ids)).toEqual({ kind: 'ids', deleted: true, ids: [ID, ID], cookie: 'c' })
    expect(read(phase(0xa1, 'c', false))).toEqual({
      kind: 'phase',
      phase: 'delete',
      done: false,
      cookie: 'c',
    })
    expect(read(phase(0xa2))).toEqual({ kind: 'phase', phase: 'present', done: true, cookie: null })
    expect(read(info((w) => w.writeString('c', 0x80)))).toEqual({ kind: 'cookie', cookie: 'c' })
    expect(read(done)).toEqual({ kind: 'done', code: 4, text: 'too many' })
    expect(read(message(0x73, (w) => w.writeString('ldap://elsewhere/')))).toEqual({ kind: 'reference' })
  })

  it('of an entry without its control is refused: the server does no content sync', () => {
    const plain = message(0x64, (w) => {
      w.writeString('uid=ann,dc=x')
      w.startSequence()
      w.endSequence()
    })
    expect(() => read(plain)).toThrow(/RFC 4533/)
  })

  it('with any bytes wrong is read or refused, and never runs for ever', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const samples = [entry(1, 'c'), ids, phase(0xa1, 'c', true), done, info((w) => w.writeString('c', 0x80))]
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, fc.nat(), (sample, changes, cut) => {
        const bytes = Buffer.from(sample)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        try {
          expect(read(bytes.subarray(0, cut % 4 === 0 ? cut % bytes.length : bytes.length))).toHaveProperty(
            'kind',
          )
        } catch (e) {
          expect(e).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 20_000 },
    )
  })
})
