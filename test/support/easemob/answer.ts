import { z } from 'zod'

/** What the emulator answers. */
export interface Answer {
  readonly status: number
  /** JSON, or bytes as they are. */
  readonly body: unknown
}

/** A refusal in the words of Easemob. */
export class Refusal extends Error {
  readonly status: number
  readonly error: string
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    error: string,
    description: string,
    extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(description)
    this.status = status
    this.error = error
    this.extra = extra
  }

  /** design/easemob.md, 6. */
  answer(now: number): Answer {
    const { status, error, message, extra } = this
    return {
      status,
      body: {
        error,
        exception: EXCEPTIONS[error] ?? 'java.lang.IllegalArgumentException',
        timestamp: now,
        duration: 0,
        ...extra,
        error_description: message,
      },
    }
  }
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  unauthorized: 'org.apache.usergrid.rest.exceptions.SecurityException',
  auth_bad_access_token: 'org.apache.usergrid.rest.exceptions.SecurityException',
  service_resource_not_found: 'org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException',
  duplicate_unique_property_exists:
    'org.apache.usergrid.persistence.exceptions.DuplicateUniquePropertyExistsException',
  forbidden_op: 'com.easemob.group.exceptions.EasemobForbiddenOpException',
  message_send_error: 'MessageSendException',
}

export const fieldsSchema = z.record(z.string(), z.unknown())
export type Fields = z.output<typeof fieldsSchema>

/** A text among the fields; null when it is none. */
export function textIn(fields: Fields, name: string): string | null {
  const value = fields[name]
  return typeof value === 'string' ? value : null
}

export function numberIn(fields: Fields, name: string): number | null {
  const value = fields[name]
  return typeof value === 'number' ? value : null
}

export function textsIn(fields: Fields, name: string): string[] | null {
  const parsed = z.array(z.string()).safeParse(fields[name])
  return parsed.success ? parsed.data : null
}

/** A whole number of the query within bounds. */
export function numberOf(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const value = Number(query.get(name) ?? fallback)
  return Number.isInteger(value) && value >= 0 ? Math.min(value, most) : fallback
}
