/**
 * The cookie of a content sync (trap 4). A slapd writes `rid=000,sid=001,csn=<csn>;<csn>,delcsn=<csn>`, where
 * - a live cookie names only the CSN that moved: CSNs are merged, one per server id, and never go back
 * - a live cookie may come without csn: it says nothing
 * - `sid=` must not be sent back: the provider would take us for that server and withhold what was born there
 * - `delcsn=` is a mark inside a refresh
 * A cookie of another form (389-ds) is kept as it is, the newest one.
 */
export class Cookie {
  readonly #bySid = new Map<string, string>()
  #opaque: string | null = null

  constructor(text: string | null = null) {
    if (text !== null) this.merge(text)
  }

  merge(text: string): void {
    if (!/^rid=\d+(,|$)/.test(text)) {
      this.#opaque = text
      return
    }
    const csns = /(?:^|,)csn=([^,]*)/.exec(text)?.[1]?.split(';') ?? []
    for (const csn of csns) {
      const sid = sidOf(csn)
      const known = sid === null ? undefined : this.#bySid.get(sid)
      if (sid !== null && (known === undefined || known < csn)) this.#bySid.set(sid, csn)
    }
  }

  /** Safe to store and to send back; null when no position is known. */
  get text(): string | null {
    if (this.#bySid.size === 0) return this.#opaque
    const csns = [...this.#bySid].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, csn]) => csn)
    return `rid=000,csn=${csns.join(';')}`
  }

  /** CSN by server id. */
  get csns(): ReadonlyMap<string, string> {
    return this.#bySid
  }
}

/** The server id of a CSN: `20260101000000.000000Z#000000#001#000000` is of server 001. */
export function sidOf(csn: string): string | null {
  return /^\d{14}\.\d{6}Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/.exec(csn)?.[1] ?? null
}

/** Server ids of which a provider knows less than the cookie does (L9); empty when its answer can be believed. */
export function sidsBehind(cookie: string | null, provider: ReadonlyMap<string, string>): string[] {
  return [...new Cookie(cookie).csns]
    .filter(([sid, csn]) => (provider.get(sid) ?? '') < csn)
    .map(([sid]) => sid)
}
