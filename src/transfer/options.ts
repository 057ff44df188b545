import { z } from 'zod'
import { viaSchema } from '../audit/record.ts'
import { DELIMITER_NAMES } from './formats/delimiters.ts'
import { ENCODINGS } from './formats/encoding.ts'

export const FORMATS = ['csv', 'json', 'ldif'] as const
export type Format = (typeof FORMATS)[number]

/** CREATE: what is there already is an error; UPDATE: what is not there is one; UPSERT: neither. */
export const MODES = ['CREATE', 'UPDATE', 'UPSERT'] as const

/** What a CSV cell with this text does by itself: it takes the value away. */
export const CLEAR = '@clear'

/** How a file is to be imported. */
export const optionsSchema = z.object({
  format: z.enum(FORMATS),
  /** Of rows that do not say themselves. */
  kind: z.enum(['staff', 'department']),
  mode: z.enum(MODES),
  /** Null: it is found out. */
  encoding: z.enum(ENCODINGS).nullable(),
  delimiter: z.enum(DELIMITER_NAMES).nullable(),
  mapping: z.array(z.object({ column: z.string(), field: z.string() })),
  emptyClears: z.boolean(),
  clearWith: z.string(),
  /** Ids of the file are not ours: people are known by login, departments by path. */
  ignoreIds: z.boolean(),
  createDepartments: z.boolean(),
  /** Name or id; of departments and people whose row names none. */
  departmentType: z.string().nullable(),
  staffType: z.string().nullable(),
  /** The integration that has started it; absent: a person has. */
  via: viaSchema.optional(),
  /** As whoever imports it calls it; imports of earlier versions have none. */
  fileName: z.string().nullish(),
})

export type ImportOptions = z.infer<typeof optionsSchema>
