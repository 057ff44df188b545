import { z } from 'zod'
import { STAFF_ORDERS, type StaffOrder as Order } from '../../src/access/staff-list.ts'
import { builder } from '../builder.ts'

export const recursiveArg = builder.args((t) => ({
  recursive: t.boolean({
    defaultValue: false,
    description: 'Whether the departments below count too, each person once.',
  }),
}))

const ORDERS: Readonly<Record<Order, { readonly description: string }>> = {
  NAME: { description: 'By name, compared by code units.' },
  PINYIN: { description: 'By pinyin, or by name where there is none.' },
  LOGIN: { description: 'By login.' },
  TITLE: { description: 'By the title of the job.' },
  TYPE: { description: 'By the name of the type.' },
  DEPARTMENT: { description: 'By the name of the main department.' },
  STATUS: { description: 'By status.' },
  LEAVE_DATE: { description: 'By the day on which they leave.' },
}

const StaffOrder = builder.enumType('StaffOrder', {
  description:
    'What people are put in order by; then by name. Whoever has none of it, or none that the caller may read, is last.',
  values: Object.fromEntries(STAFF_ORDERS.map((name) => [name, ORDERS[name]])) as typeof ORDERS,
})

/** T7: a text that is looked for. */
const MAX_TEXT = 100

/** Which people, and in which order. */
export const staffListArgs = builder.args((t) => ({
  text: t.string({
    description: `Only people of whom the caller may read each of these words somewhere: in the name, pinyin, initials, login, nickname, title, mobile or mail. Up to ${MAX_TEXT} characters; case and widths do not count.`,
    validate: z.string().max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`).nullish(),
  }),
  order: t.field({ type: StaffOrder, defaultValue: 'NAME', description: 'What they are put in order by.' }),
  descending: t.boolean({ defaultValue: false, description: 'The other way round.' }),
  skip: t.int({
    description: 'How many to leave out, behind `after` if that is given: any page of a long list at once.',
    validate: z.int().min(0, 'must not be negative').nullish(),
  }),
}))
