import { formatDn, formatRdn, normDn, normRdn, parseDn } from '../directory/names.ts'

/**
 * Where one entry stands. `rdn` is its name below `parentId`; without a parent it is its DN below the base: '' for the
 * base itself, one RDN right below it, more for an orphan, whose parent was not seen yet.
 */
export interface Place {
  readonly id: string
  readonly parentId: string | null
  readonly rdn: string
}

interface Node extends Place {
  /** `rdn` as DNs are compared. */
  readonly key: string
  /** Path of the parent that an orphan misses; null for all others. */
  readonly missed: string | null
}

interface Path {
  /** RDNs below the base, the entry's own first. */
  readonly rdns: readonly string[]
  /** The same, as DNs are compared. */
  readonly keys: readonly string[]
}

/**
 * The directory as a tree of ids. DNs are derived, so that a moved subtree touches one node. An entry whose parent is not
 * known is kept as an orphan and adopted when the parent comes. Two entries may claim one name for a moment, when events
 * arrive out of order or before the deletes of a refresh: the newest holds it.
 */
export class Tree {
  readonly #baseDn: string
  readonly #baseKey: string
  readonly #baseDepth: number
  readonly #nodes = new Map<string, Node>()
  readonly #children = new Map<string, Set<string>>()
  /** Parent and RDN key -> id; orphans have no name that could be found. */
  readonly #names = new Map<string, string>()
  /** Path of the parent that is missed -> orphans. */
  readonly #waiting = new Map<string, Set<string>>()

  constructor(baseDn: string) {
    this.#baseDn = baseDn
    this.#baseKey = normDn(baseDn)
    this.#baseDepth = parseDn(baseDn).length
  }

  /** Puts an entry where it stood when it was saved. Its parent may come later; `id` was not put before. */
  restore({ id, parentId, rdn }: Place): void {
    this.#link(nodeOf(id, parentId, rdn))
  }

  has(id: string): boolean {
    return this.#nodes.has(id)
  }

  ids(): Iterable<string> {
    return this.#nodes.keys()
  }

  place(id: string): Place | undefined {
    return this.#nodes.get(id)
  }

  children(id: string): ReadonlySet<string> {
    return this.#children.get(id) ?? new Set()
  }

  /** Ids of entries whose parent was not seen. */
  orphans(): string[] {
    return [...this.#waiting.values()].flatMap((ids) => [...ids])
  }

  /** Whether the way up to the base is complete. */
  isAttached(id: string): boolean {
    const top = this.#top(id)
    return top !== undefined && top.missed === null
  }

  /** Whether `id` stands somewhere below `ancestorId`. */
  isBelow(id: string, ancestorId: string): boolean {
    let at = this.#nodes.get(id)?.parentId ?? null
    while (at !== null && at !== ancestorId) at = this.#nodes.get(at)?.parentId ?? null
    return at !== null
  }

  /** The id and all that stands below it, parents first. */
  *subtree(id: string): Iterable<string> {
    const found = new Set([id])
    for (const at of found) {
      yield at
      for (const child of this.children(at)) found.add(child)
    }
  }

  /** The id of the entry with this DN; null when no attached entry has it. */
  find(dn: string): string | null {
    const keys = this.keysOf(dn)
    return keys && this.findPath(keys)
  }

  /** The same by what `keysOf` gives. */
  findPath(keys: readonly string[]): string | null {
    let at: string | null = null
    for (const key of keys.toReversed()) {
      at = this.#names.get(slot(at, key)) ?? null
      if (at === null) return null
    }
    return at
  }

  /** The keys of the entry's DN, joined by commas. */
  pathKey(id: string): string {
    return this.#climb(id, (node) => node.key)
  }

  /** RDNs of a DN below the base, as DNs are compared, the entry's own first; null when it is not below the base. */
  keysOf(dn: string): readonly string[] | null {
    return this.#path(dn)?.keys ?? null
  }

  dn(id: string): string {
    return [this.#climb(id, (node) => node.rdn), this.#baseDn].filter((part) => part !== '').join(',')
  }

  /** Whether the entry is found under this DN and has it letter by letter. Orphans are not found; the base always is. */
  stands(id: string, dn: string): boolean {
    for (
      let at = this.#nodes.get(id);
      at;
      at = at.parentId === null ? undefined : this.#nodes.get(at.parentId)
    ) {
      if (at.key !== '' && this.#names.get(slot(at.parentId, at.key)) !== at.id) return false
    }
    return this.has(id) && (this.dn(id) === dn || this.dn(id) === formatDn(parseDn(dn)))
  }

  /** Number of RDNs below the base. */
  depth(dn: string): number {
    return parseDn(dn).length - this.#baseDepth
  }

  /** Number of known entries above. */
  level(id: string): number {
    let level = 0
    for (let at = this.#nodes.get(id); at && at.parentId !== null; at = this.#nodes.get(at.parentId)) level++
    return level
  }

  /** Puts an entry where its DN says. Returns the ids whose own place changed: its own and that of adopted orphans. */
  put(id: string, dn: string): string[] {
    const path = this.#path(dn)
    if (!path) throw new Error(`tree: ${dn} is not below ${this.#baseDn}`)
    const { rdns, keys } = path
    const old = this.#nodes.get(id)
    const parentId = keys.length > 1 ? this.#parentFor(id, keys.slice(1)) : null
    const isOrphan = keys.length > 1 && parentId === null
    const node = isOrphan
      ? nodeOf(id, null, rdns.join(','))
      : { id, parentId, rdn: rdns[0] ?? '', key: keys[0] ?? '', missed: null }
    const stays = old?.parentId === parentId && old.rdn === node.rdn
    if (old) this.#unlink(old)
    this.#link(node)
    return stays ? [] : [id, ...this.#adopt(id)]
  }

  /** Takes an entry out. Returns its former children, now orphans until their parent or their own end comes. */
  remove(id: string): string[] {
    const node = this.#nodes.get(id)
    if (!node) return []
    const below = this.#climb(id, (n) => n.rdn)
    const children = [...this.children(id)].map((child) => this.#require(child))
    for (const child of children) this.#unlink(child)
    this.#unlink(node)
    this.#nodes.delete(id)
    for (const child of children) this.#link(nodeOf(child.id, null, `${child.rdn},${below}`))
    return children.map((child) => child.id)
  }

  #parentFor(id: string, parentKeys: readonly string[]): string | null {
    const found = this.findPath(parentKeys)
    return found === id || (found !== null && this.isBelow(found, id)) ? null : found
  }

  /** Orphans that waited for the entry or for something below it, and what waited for those. */
  #adopt(id: string): string[] {
    if (this.#waiting.size === 0 || !this.isAttached(id)) return []
    const adopted: string[] = []
    const queue = new Set([id])
    for (const at of queue) {
      for (const orphan of this.#waiting.get(this.pathKey(at)) ?? []) {
        const node = this.#require(orphan)
        this.#unlink(node)
        this.#link(nodeOf(orphan, at, formatDn(parseDn(node.rdn).slice(0, 1))))
        adopted.push(orphan)
      }
      for (const child of this.children(at)) queue.add(child)
    }
    return adopted
  }

  #link(node: Node): void {
    this.#nodes.set(node.id, node)
    if (node.parentId !== null) include(this.#children, node.parentId, node.id)
    if (node.missed !== null) include(this.#waiting, node.missed, node.id)
    else if (node.key !== '') this.#names.set(slot(node.parentId, node.key), node.id)
  }

  #unlink(node: Node): void {
    if (node.parentId !== null) exclude(this.#children, node.parentId, node.id)
    if (node.missed !== null) exclude(this.#waiting, node.missed, node.id)
    else if (this.#names.get(slot(node.parentId, node.key)) === node.id)
      this.#names.delete(slot(node.parentId, node.key))
  }

  #top(id: string): Node | undefined {
    let node = this.#nodes.get(id)
    while (node && node.parentId !== null) node = this.#nodes.get(node.parentId)
    return node
  }

  #climb(id: string, part: (node: Node) => string): string {
    const parts: string[] = []
    let node = this.#nodes.get(id)
    while (node) {
      parts.push(part(node))
      node = node.parentId === null ? undefined : this.#nodes.get(node.parentId)
    }
    return parts.join(',')
  }

  #path(dn: string): Path | null {
    const rdns = parseDn(dn)
    const below = Math.max(0, rdns.length - this.#baseDepth)
    if (normDn(rdns.slice(below)) !== this.#baseKey) return null
    const own = rdns.slice(0, below)
    return { rdns: own.map(formatRdn), keys: own.map(normRdn) }
  }

  #require(id: string): Node {
    const node = this.#nodes.get(id)
    if (!node) throw new Error(`tree: ${id} is linked but not there`)
    return node
  }
}

function nodeOf(id: string, parentId: string | null, rdn: string): Node {
  const path = parentId === null ? parseDn(rdn) : []
  const missed = path.length > 1 ? normDn(formatDn(path.slice(1))) : null
  return { id, parentId, rdn, key: normDn(rdn), missed }
}

function slot(parentId: string | null, key: string): string {
  return `${parentId ?? ''}/${key}`
}

function include(groups: Map<string, Set<string>>, key: string, id: string): void {
  const group = groups.get(key)
  if (group) group.add(id)
  else groups.set(key, new Set([id]))
}

function exclude(groups: Map<string, Set<string>>, key: string, id: string): void {
  const group = groups.get(key)
  if (group?.delete(id) && group.size === 0) groups.delete(key)
}
