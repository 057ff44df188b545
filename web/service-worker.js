/* The shell of the app on the device: what the build has made, and nothing of what people see. Data comes from the copy. */
const VERSION = '__VERSION__'
const FILES = ['__FILES__']
const CACHE = `shell-${VERSION}`
const START = '/index.html'
/** Pages that are not the app's. */
const OTHERS =
  /^\/(graphql|invitation|uploads|avatars|session|export\.|audit\.|chart\.|healthz|readyz|schema\.graphql|\.well-known)/

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([START, ...FILES])))
})

self.addEventListener('activate', (event) => {
  const forget = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name)
    await self.clients.claim()
  }
  event.waitUntil(forget())
})

/** A new version waits until somebody says so: nothing changes under the hands of whoever works. */
self.addEventListener('message', ({ data }) => {
  if (data === 'update') void self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin || OTHERS.test(pathname)) return
  const wanted = request.mode === 'navigate' ? START : FILES.includes(pathname) ? pathname : null
  if (wanted === null) return
  const answer = async () => (await (await caches.open(CACHE)).match(wanted)) ?? (await fetch(request))
  event.respondWith(answer())
})
