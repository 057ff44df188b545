import { createContext, use } from 'react'

const SIZES = [48, 96, 192, 640] as const
const KEPT = 500

type Listener = (url: string | null) => void

/** Photos of people, fetched as whoever is signed in, each once; the newest few hundred are kept as long as the page lives. */
export class Photos {
  readonly #fetch: typeof fetch
  readonly #urls = new Map<string, string>()
  readonly #loading = new Map<string, Promise<string | null>>()

  constructor(fetch: typeof globalThis.fetch) {
    this.#fetch = fetch
  }

  known(path: string, size: number): string | null {
    return this.#urls.get(addressOf(path, size)) ?? null
  }

  /** Tells the listener the photo when it is there, until the answer is called. */
  follow(path: string, size: number, listener: Listener): () => void {
    let isOver = false
    const address = addressOf(path, size)
    void this.#load(address).then((url) => {
      if (!isOver) listener(url)
    })
    return () => {
      isOver = true
    }
  }

  /** Photos of everybody else go, those on their way too (K2). */
  keep(isShown: (staffId: string) => boolean): void {
    const isHidden = (address: string) => !isShown(staffIdIn(address))
    for (const [address, url] of this.#urls) {
      if (!isHidden(address)) continue
      this.#urls.delete(address)
      URL.revokeObjectURL(url)
    }
    for (const address of this.#loading.keys()) if (isHidden(address)) this.#loading.delete(address)
  }

  /** Nobody is signed in any more. */
  clear(): void {
    this.keep(() => false)
  }

  async #load(address: string): Promise<string | null> {
    const known = this.#urls.get(address)
    if (known !== undefined) return known
    let loading = this.#loading.get(address)
    if (!loading) {
      loading = this.#ask(address, () => this.#loading.get(address) === loading).finally(() => {
        if (this.#loading.get(address) === loading) this.#loading.delete(address)
      })
      this.#loading.set(address, loading)
    }
    return await loading
  }

  /** `isWanted`: whether it may still be shown when it is there. */
  async #ask(address: string, isWanted: () => boolean): Promise<string | null> {
    try {
      // A browser's own cache lies on the device, and nobody empties it when somebody signs out (T118, T119).
      const response = await this.#fetch(address, { cache: 'no-store' })
      if (!response.ok) return null
      const photo = await response.blob()
      if (!isWanted()) return null
      const url = URL.createObjectURL(photo)
      this.#urls.set(address, url)
      const [oldest] = this.#urls
      if (this.#urls.size > KEPT && oldest) {
        this.#urls.delete(oldest[0])
        URL.revokeObjectURL(oldest[1])
      }
      return url
    } catch {
      return null
    }
  }
}

/** Whose photo it is: `/avatars/ID/HASH`. */
function staffIdIn(address: string): string {
  return address.split('/')[2] ?? ''
}

/** For screens with several points to a pixel. */
function addressOf(path: string, size: number): string {
  const wanted = size * Math.min(window.devicePixelRatio, 3)
  return `${path}?size=${SIZES.find((s) => s >= wanted) ?? SIZES.at(-1)}`
}

export const PhotosContext = createContext<Photos | null>(null)

export function usePhotos(): Photos {
  const photos = use(PhotosContext)
  if (!photos) throw new Error('no photos are provided')
  return photos
}
