import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Buckets, rowsOf, type Bucket } from '../buckets.ts'
import type { CopyState, Step } from '../copy.ts'
import { headAfter, headOf, type CopyStore, type Head, type Note, type Stored } from '../store.ts'
import { lockFolder, type Lock } from './lock.ts'

/** Another layout of the files: what was written in one is not read in another, but loaded anew. */
const FORMAT = 2
const HEAD = 'head.json'

/** The file of a bucket, and the hash of what it holds. */
type File = readonly [name: string, hash: string]

interface Manifest extends Head {
  readonly format: number
  readonly serial: number
  readonly files: Readonly<Record<string, File>>
}

/**
 * A copy in a folder, for Node. One file a bucket, never written over; `head.json` names those that count, with their hashes,
 * and is replaced by a rename once they are on the disk: a crash, or a power cut, leaves one head or the other (K1). What no
 * head names any more is deleted (K2). The folder is for one process at a time, and for nobody but its user to read.
 */
export function fileStore(folder: string): CopyStore {
  return new FileStore(folder)
}

class FileStore implements CopyStore {
  readonly #folder: string
  #lock: Lock | null = null
  #buckets = new Buckets()
  #manifest: Manifest | null = null
  #serial = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  async load(): Promise<Stored | null> {
    await this.#open()
    const read = await this.#read()
    if (!read) {
      await this.clear()
      return null
    }
    const { manifest, buckets } = read
    this.#manifest = manifest
    this.#serial = manifest.serial
    this.#buckets = Buckets.from(buckets)
    await this.#sweep(manifest)
    const { cursor, digest, departmentTypes, staffTypes, fields, note } = manifest
    return { ...rowsOf(buckets), cursor, digest, departmentTypes, staffTypes, fields, note }
  }

  async replace(copy: CopyState, note: Note): Promise<void> {
    await this.#open()
    this.#buckets = Buckets.of(copy)
    await this.#write(headOf(copy, note), this.#buckets.numbers, {})
  }

  async write(step: Step, note: Note): Promise<void> {
    const head = headAfter(this.#manifest, step, note)
    const touched = this.#buckets.take(step)
    await this.#write(head, touched, this.#manifest?.files ?? {})
  }

  async annotate(note: Note): Promise<void> {
    if (!this.#manifest) throw new Error('there is no copy to write a note beside')
    await this.#write({ ...this.#manifest, note }, [], this.#manifest.files)
  }

  async clear(): Promise<void> {
    await this.#open()
    this.#manifest = null
    this.#buckets = new Buckets()
    // Without its head nothing counts, wherever this is cut off.
    await rm(join(this.#folder, HEAD), { force: true })
    await this.#syncFolder()
    await this.#sweep(null)
  }

  async close(): Promise<void> {
    await this.#lock?.release()
    this.#lock = null
  }

  async #open(): Promise<void> {
    if (this.#lock) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    this.#lock = await lockFolder(this.#folder)
  }

  /** New files for the buckets that are others, then the head that names them, then those that it does not name go. */
  async #write(head: Head, touched: readonly number[], before: Manifest['files']): Promise<void> {
    const serial = ++this.#serial
    const files: Record<string, File> = { ...before }
    for (const n of touched) {
      const bucket = this.#buckets.get(n)
      if (bucket) files[n] = await this.#writeBucket(`bucket-${n}-${serial}.json`, bucket)
      else delete files[n]
    }
    const { cursor, digest, departmentTypes, staffTypes, fields, note } = head
    const lists = { departmentTypes, staffTypes, fields }
    const manifest: Manifest = { format: FORMAT, serial, cursor, digest, ...lists, note, files }
    const text = JSON.stringify(manifest)
    await this.#writeFile(`${HEAD}.new`, `${hashOf(text)}\n${text}`)
    await rename(join(this.#folder, `${HEAD}.new`), join(this.#folder, HEAD))
    await this.#syncFolder()
    const old = this.#manifest
    this.#manifest = manifest
    const kept = new Set(Object.values(files).map(([name]) => name))
    const gone = Object.values(old?.files ?? {}).filter(([name]) => !kept.has(name))
    for (const [name] of gone) await rm(join(this.#folder, name), { force: true })
  }

  async #writeBucket(name: string, bucket: Bucket): Promise<File> {
    const text = JSON.stringify(bucket)
    await this.#writeFile(name, text)
    return [name, hashOf(text)]
  }

  async #writeFile(name: string, text: string): Promise<void> {
    const file = await open(join(this.#folder, name), 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** Renames and removals are on the disk only when the folder is. */
  async #syncFolder(): Promise<void> {
    // Windows opens no folders, and writes their entries by itself.
    const folder = await open(this.#folder, 'r').catch(() => null)
    await folder?.sync().catch(() => {})
    await folder?.close()
  }

  async #read(): Promise<{ manifest: Manifest; buckets: Bucket[] } | null> {
    const text = await readFile(join(this.#folder, HEAD), 'utf8').catch(() => '')
    const at = text.indexOf('\n')
    if (at < 0 || hashOf(text.slice(at + 1)) !== text.slice(0, at)) return null
    // Its hash says that it was written here.
    const manifest: Manifest = JSON.parse(text.slice(at + 1))
    if (manifest.format !== FORMAT) return null
    const buckets: Bucket[] = []
    for (const [name, hash] of Object.values(manifest.files)) {
      const bucket = await readFile(join(this.#folder, name), 'utf8').catch(() => '')
      if (hashOf(bucket) !== hash) return null
      buckets.push(JSON.parse(bucket))
    }
    return { manifest, buckets }
  }

  /** Deletes what a head does not name: what a crash has left, or all. */
  async #sweep(manifest: Manifest | null): Promise<void> {
    const kept = new Set(Object.values(manifest?.files ?? {}).map(([name]) => name))
    for (const name of await readdir(this.#folder))
      if ((name.startsWith('bucket-') || name === `${HEAD}.new`) && !kept.has(name))
        await rm(join(this.#folder, name), { force: true })
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
