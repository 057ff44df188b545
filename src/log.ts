import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** Names under which secrets might reach a log line, at any of the depths at which we log. */
const SECRETS = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'secret',
  'userPassword',
  'cookie',
]

/** Structured logs, one JSON object a line; strings are escaped by JSON, so that no value can forge a line. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((s) => [s, `*.${s}`, `*.*.${s}`]), censor: '[secret]' },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  )
}
