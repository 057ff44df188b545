import { z } from 'zod'

/** An Easemob that the contract is held against: the emulator, or a real AppKey. */
export interface Target {
  readonly url: string
  /** `org#app`. */
  readonly appKey: string
  readonly clientId: string
  readonly clientSecret: string
}

/** The real one of the settings; null where they are not given. */
export function realTarget(env: Readonly<Record<string, string | undefined>>): Target | null {
  const { EASEMOB_REST_URL, EASEMOB_APP_KEY, EASEMOB_CLIENT_ID, EASEMOB_CLIENT_SECRET } = env
  if (!EASEMOB_APP_KEY || !EASEMOB_CLIENT_ID || !EASEMOB_CLIENT_SECRET) return null
  return {
    url: EASEMOB_REST_URL ?? 'https://a1.easemob.com',
    appKey: EASEMOB_APP_KEY,
    clientId: EASEMOB_CLIENT_ID,
    clientSecret: EASEMOB_CLIENT_SECRET,
  }
}

export interface Given {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks without any of our client, so that what it is told is what Easemob says. */
export class RawEasemob {
  readonly #target: Target
  #token: string | null = null

  constructor(target: Target) {
    this.#target = target
  }

  /** With the app's token, unless another `authorization` is given; null: without any. */
  async ask(
    method: string,
    path: string,
    {
      json,
      form,
      authorization,
    }: { json?: unknown; form?: Record<string, string>; authorization?: string | null } = {},
  ): Promise<Given> {
    const { url, appKey } = this.#target
    return await this.askAt(`${url}/${appKey.replace('#', '/')}${path}`, method, {
      ...(json === undefined ? {} : { json }),
      ...(form === undefined ? {} : { form }),
      authorization: authorization === undefined ? `Bearer ${await this.token()}` : authorization,
    })
  }

  async askAt(
    url: string,
    method: string,
    {
      json,
      form,
      authorization,
    }: { json?: unknown; form?: Record<string, string>; authorization: string | null },
  ): Promise<Given> {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === null ? {} : { authorization }),
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) }
  }

  async token(): Promise<string> {
    if (this.#token !== null) return this.#token
    const { clientId, clientSecret } = this.#target
    const json = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ttl: 3600,
    }
    const { body } = await this.ask('POST', '/token', { json, authorization: null })
    this.#token = z.string().parse(body['access_token'])
    return this.#token
  }
}
