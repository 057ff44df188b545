import { existsSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { Client, ExtendedRequest, InvalidCredentialsError } from 'ldapts'
import { AppError, messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Framer } from './framer.ts'
import { readMessage, readResult } from './message.ts'

export interface DirectoryOptions {
  /** In order of preference. */
  readonly urls: readonly string[]
  readonly baseDn: string
  readonly bindDn: string
  readonly bindPassword: string
  readonly startTls: boolean
  /** PEM text of the authority, when the system does not know it. */
  readonly ca: string | null
  readonly log: Logger
}

export const CONNECT_MS = 3000
export const ANSWER_MS = 10_000

/** Nobody answers, or not like a directory. */
export class DirectoryUnreachable extends AppError {
  constructor(cause: unknown, message = 'The directory cannot be reached just now. Try again in a moment.') {
    super('UNAVAILABLE', message, { cause })
    this.name = 'DirectoryUnreachable'
  }
}

/** The service account may not sign in: nothing works until the settings are right. */
export class BindRefused extends AppError {
  constructor(bindDn: string, url: string, cause: unknown) {
    super('UNAVAILABLE', 'The directory refuses the service account of this server.', { cause })
    this.name = 'BindRefused'
    this.detail = `${url} refuses LDAP_BIND_DN ${bindDn}: ${messageOf(cause)}. Check LDAP_BIND_DN and LDAP_BIND_PASSWORD.`
  }

  /** For the operator. */
  readonly detail: string
}

/**
 * A connected socket, secured when the URL or `startTls` says so, on which nothing was said yet. Certificates are always
 * checked, against `ca` when it is given (T69). Rejects with an Error of what went wrong.
 */
export async function openSocket(
  options: Pick<DirectoryOptions, 'startTls' | 'ca'>,
  url: string,
  timeoutMs: number = CONNECT_MS,
): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol === 'ldapi:') {
    return await ready(connect({ path: localSocket(decodeURIComponent(hostname)) }), 'connect', timeoutMs)
  }
  const host = hostname.replace(/^\[|\]$/g, '') || 'localhost'
  const tls: ConnectionOptions = {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(options.ca === null ? {} : { ca: options.ca }),
  }
  if (protocol === 'ldaps:') {
    return await ready(connectTls({ ...tls, port: Number(port || 636) }), 'secureConnect', timeoutMs)
  }
  const plain = await ready(connect({ host, port: Number(port || 389) }), 'connect', timeoutMs)
  if (!options.startTls) return plain
  await askForTls(plain, timeoutMs)
  return await ready(connectTls({ ...tls, socket: plain }), 'secureConnect', timeoutMs)
}

/** `ldapi:///` is the socket where packages of OpenLDAP put it. */
function localSocket(named: string): string {
  const usual = ['/run/slapd/ldapi', '/var/run/slapd/ldapi', '/run/openldap/ldapi', '/var/run/ldapi']
  return named !== '' ? named : (usual.find((path) => existsSync(path)) ?? '/run/slapd/ldapi')
}

function ready<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null) => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.off('close', closed)
      // Errors between here and the next owner's listener must not be uncaught.
      socket.on('error', () => {})
      if (error) {
        socket.destroy()
        reject(error)
      } else resolve(socket)
    }
    const fail = (e: Error) => settle(e)
    const closed = () => settle(new Error('The connection was closed at once'))
    const timer = setTimeout(() => settle(new Error(`No connection within ${timeoutMs} ms`)), timeoutMs)
    socket.once('error', fail)
    socket.once('close', closed)
    socket.once(event, () => {
      socket.setNoDelay(true)
      socket.setKeepAlive(true, 30_000)
      settle(null)
    })
  })
}

const START_TLS = '1.3.6.1.4.1.1466.20037'

/** Bytes that follow the answer in clear were not sent by the server we are about to know: the connection is refused. */
async function askForTls(socket: Socket, timeoutMs: number): Promise<void> {
  const framer = new Framer()
  const answer = new Promise<Buffer>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No answer to STARTTLS')), timeoutMs)
    const end = (e: Error | null, message?: Buffer) => {
      clearTimeout(timer)
      socket.removeAllListeners('data')
      socket.off('close', closed)
      if (e || !message) reject(e ?? new Error('No answer to STARTTLS'))
      else resolve(message)
    }
    const closed = () => end(new Error('The connection was closed instead of STARTTLS'))
    socket.once('close', closed)
    socket.on('data', (chunk: Buffer) => {
      try {
        const [message, ...more] = framer.push(chunk)
        if (!message) return
        if (more.length > 0 || framer.pending > 0) throw new Error('Data in clear after STARTTLS')
        socket.pause()
        end(null, message)
      } catch (e) {
        end(e instanceof Error ? e : new Error(String(e)))
      }
    })
  })
  socket.write(new ExtendedRequest({ messageId: 1, oid: START_TLS }).write())
  try {
    const { code, text } = readResult(readMessage(await answer))
    if (code !== 0) throw new Error(`STARTTLS was refused: ${text || code}`)
  } catch (e) {
    socket.destroy()
    throw e
  }
}

export interface Connection {
  readonly client: Client
  /** Whether the client is signed in and its socket unbroken; ldapts notices the latter only later. */
  alive(): boolean
  /** Ends it; never rejects. */
  close(): Promise<void>
}

/**
 * An ldapts client over a connection of ours, not signed in yet. It never connects again by itself: that would be without
 * signing in, and a client whose connection broke in the middle of a message does not recover.
 */
export async function openConnection(
  options: Pick<DirectoryOptions, 'startTls' | 'ca'>,
  url: string,
): Promise<Connection> {
  const socket = await openSocket(options, url)
  let used = false
  const client = new Client({
    url: 'ldap://localhost',
    timeout: ANSWER_MS,
    createConnection: () => {
      if (used) throw new Error('The connection to the directory is gone')
      used = true
      return socket
    },
  })
  return {
    client,
    alive: () => client.isBound && !socket.destroyed && !socket.readableEnded,
    close: async () => {
      await client.unbind().catch(() => {})
      socket.destroy()
    },
  }
}

/** A connection signed in as the service account, or none. */
export async function openBoundConnection(options: DirectoryOptions, url: string): Promise<Connection> {
  const connection = await openConnection(options, url)
  try {
    await connection.client.bind(options.bindDn, options.bindPassword)
    return connection
  } catch (e) {
    await connection.close()
    throw e instanceof InvalidCredentialsError ? new BindRefused(options.bindDn, url, e) : e
  }
}
