import { z } from 'zod'
import type { Tamper } from './line.ts'

const deltaSchema = z.looseObject({
  __typename: z.literal('Delta'),
  from: z.string(),
  to: z.string(),
  hasMore: z.boolean(),
  changes: z.array(z.looseObject({ action: z.string(), category: z.string(), id: z.string() })),
})
type SomeDelta = z.infer<typeof deltaSchema>

/** Says every delta as `change` would have it; null leaves it as it is. */
const onDelta =
  (change: (delta: SomeDelta) => object | null): Tamper =>
  (text) => [
    JSON.stringify(JSON.parse(text), (_, value: unknown) => {
      const delta = deltaSchema.safeParse(value)
      return delta.success ? (change(delta.data) ?? value) : value
    }),
  ]

const STRANGER = '00000009-0000-4000-8000-000000000000'
const isPushed = (text: string) => text.includes('"type":"next"')
const isEmpty = (text: string) => text.includes('"changes":[]')

/** The first push that says something is lost, and the one after it pretends to follow what was there before. */
function losesPush(): Tamper {
  let lost: string | null = null
  return (text) => {
    if (!isPushed(text)) return [text]
    const from = /"from":"([^"]+)"/.exec(text)?.[1] ?? ''
    if (lost === null && !isEmpty(text) && from !== '') {
      lost = from
      return []
    }
    if (lost === null || lost === '') return [text]
    const pretended = text.replace(`"from":"${from}"`, `"from":"${lost}"`)
    lost = ''
    return [pretended]
  }
}

export interface Fault {
  readonly says: string
  /** Rules, one of which must be named when it is found out. */
  readonly breaks: readonly string[]
  readonly tamper: () => Tamper
}

/** Servers that are wrong, each in one way; a lane must find every one of them out. */
export const FAULTS: readonly Fault[] = [
  { says: 'loses a push and goes on as if it had not', breaks: ['I4', 'D2'], tamper: losesPush },
  {
    says: 'leaves a change out',
    breaks: ['I4', 'D2'],
    tamper: () => onDelta((d) => (d.changes.length > 0 ? { ...d, changes: d.changes.slice(1) } : null)),
  },
  {
    says: 'names somebody in a removal who was never shown',
    breaks: ['D2', 'D3', 'I10'],
    tamper: () =>
      onDelta((d) => {
        const stranger = { action: 'REMOVE', category: 'STAFF', id: STRANGER }
        return { ...d, changes: [...d.changes, { ...stranger, department: null, staff: null }] }
      }),
  },
  {
    says: 'names a manager who is hidden',
    breaks: ['I10'],
    tamper: () => (text) => [text.replaceAll('"managerId":null', `"managerId":"${STRANGER}"`)],
  },
  {
    says: 'tells a telephone number that was not granted',
    breaks: ['I10'],
    tamper: () => (text) => [text.replaceAll('"mobile":null', '"mobile":".c999999."')],
  },
  {
    says: 'passes a page for the whole',
    breaks: ['I4', 'D2', 'D10', 'I2'],
    tamper: () => onDelta((d) => (d.hasMore ? { ...d, hasMore: false } : null)),
  },
  {
    says: 'forgets to tell of another role',
    breaks: ['P3'],
    tamper: () => onDelta((d) => ({ ...d, viewerChanged: false })),
  },
  {
    says: 'keeps new types to itself',
    breaks: ['D11'],
    tamper: () => onDelta((d) => ({ ...d, departmentTypes: null, staffTypes: null, fields: null })),
  },
  {
    says: 'starts everybody anew without a reason',
    breaks: ['I5'],
    tamper: () =>
      onDelta((d) =>
        d.changes.length === 0
          ? null
          : {
              __typename: 'Resync',
              reason: 'PRUNED',
              delayMs: 0,
              keepOld: false,
              departmentTypeIds: [],
              staffTypeIds: [],
              sensitiveFields: [],
              departmentFields: [],
              staffFields: [],
            },
      ),
  },
]

/** What a network may do, and no device may mind. */
export const BAD_WEATHER: readonly { readonly says: string; readonly tamper: () => Tamper }[] = [
  { says: 'doubles every push', tamper: () => (text) => (isPushed(text) ? [text, text] : [text]) },
  {
    says: 'loses every third push',
    tamper: () => {
      let n = 0
      return (text) => (isPushed(text) && ++n % 3 === 0 ? [] : [text])
    },
  },
]
