import { Store } from './store.ts'

const WORKER = '/sw.js'
/** How often is looked for a new version, in milliseconds. */
const LOOK_MS = 60 * 60_000

/** The only text that may become the address of a script. */
interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string }
}

/**
 * Keeps the app itself on the device, so that it opens without the server, and says when there is a new version; that one
 * begins when somebody asks for it, never by itself.
 */
export class Updates {
  /** A new version is there. */
  readonly isReady = new Store(false)
  #waiting: ServiceWorker | null = null

  async start(): Promise<void> {
    if (!('serviceWorker' in navigator)) return
    let isControlled = navigator.serviceWorker.controller !== null
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      // The first one takes over a page that is new already.
      if (isControlled) location.reload()
      isControlled = true
    })
    const registration = await navigator.serviceWorker.register(trusted(WORKER), { updateViaCache: 'none' })
    this.#look(registration)
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => this.#look(registration))
    })
    const ask = () => void registration.update().catch(() => {})
    setInterval(ask, LOOK_MS)
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') ask()
    })
  }

  /** The page is loaded anew, with the new version. */
  apply(): void {
    this.#waiting?.postMessage('update')
  }

  /**
   * The page is loaded anew from the server, whatever of the app is kept on the device. False: the server does not answer,
   * and nothing has changed.
   */
  async replace(): Promise<boolean> {
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null)
    if (answer?.ok !== true) return false
    if ('serviceWorker' in navigator) await (await navigator.serviceWorker.getRegistration())?.unregister()
    if ('caches' in window) for (const name of await caches.keys()) await caches.delete(name)
    location.reload()
    return true
  }

  #look({ waiting }: ServiceWorkerRegistration): void {
    if (!waiting || navigator.serviceWorker.controller === null) return
    this.#waiting = waiting
    this.isReady.set(true)
  }
}

function trusted(url: string): string {
  const policies: unknown = Reflect.get(window, 'trustedTypes')
  if (!isPolicies(policies)) return url
  const rules = {
    createScriptURL: (text: string) => {
      if (text !== WORKER) throw new TypeError('no other script is trusted')
      return text
    },
  }
  return policies.createPolicy('dolores', rules).createScriptURL(url)
}

function isPolicies(value: unknown): value is Policies {
  return typeof value === 'object' && value !== null && 'createPolicy' in value
}
