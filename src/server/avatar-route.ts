import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { View } from '../access/view.ts'
import type { Logger } from '../log.ts'
import type { Callers } from './callers.ts'
import { sendError, type Exchange, type Route } from './http.ts'
import { initialPicture, photoPicture, type Picture } from './picture.ts'

export interface AvatarOptions {
  readonly callers: Callers
  readonly view: (staffId: string) => View
  /** The picture that the directory has; null without one. Rejects while the directory is away. */
  readonly readPhoto: (staffId: string) => Promise<Buffer | null>
  readonly log: Logger
}

export const AVATAR_PATH = /^\/avatars\/([0-9a-f-]{36})\/[\w-]{1,64}$/

/** The directory is asked for a photo at most so often; the hash in the path changes at once with a change made by us. */
const CACHE_MS = 60_000
const CACHE_BYTES = 64_000_000
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/**
 * The picture of a person, for whoever may see the person now (T40): the session is needed and the view asked each time.
 * Hidden and missing people answer the same. It always answers: without a photo, or without the directory, with an initial.
 */
export function avatarRoute(o: AvatarOptions): Route {
  const cache = new LRUCache<string, { photo: Picture | null }>({
    ttl: CACHE_MS,
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ photo }) => 256 + (photo?.bytes.length ?? 0),
  })
  const photoOf = async ({ id, key }: Subject): Promise<Picture | null> => {
    const cached = cache.get(key)
    if (cached) return cached.photo
    const bytes = await o.readPhoto(id)
    const photo = bytes ? photoPicture(bytes) : null
    cache.set(key, { photo })
    return photo
  }
  return {
    methods: ['GET'],
    async handle({ request, response, path }) {
      const authentication = await o.callers.of(request)
      if (authentication.kind !== 'viewer') {
        response.setHeader('www-authenticate', 'Bearer')
        sendError(response, 401, 'UNAUTHENTICATED', 'Send `Authorization: Bearer <accessToken>`.')
        return
      }
      const id = AVATAR_PATH.exec(path)?.[1] ?? ''
      const subject = subjectOf(o.view(authentication.viewer.staffId), authentication.viewer.staffId, id)
      if (!subject) {
        sendError(response, 404, 'BAD_USER_INPUT', 'There is nothing here.')
        return
      }
      const photo = await photoOf(subject).catch((error: unknown) => {
        o.log.debug({ err: error }, 'A photo could not be read')
        return null
      })
      sendPicture({ request, response }, photo ?? initialPicture(id, subject.name))
    },
  }
}

interface Subject {
  readonly id: string
  readonly name: string
  /** Changes with the picture, as far as the log knows of it. */
  readonly key: string
}

/** Somebody whom the view shows, or the viewer (V8). */
function subjectOf(view: View, viewerId: string, id: string): Subject | null {
  const row = view.staff(id)
  if (row) return { id, name: row.name, key: row.avatarUrl }
  const own = id === viewerId ? view.state.get('staff', id) : undefined
  return own ? { id, name: own.name, key: `own ${id}` } : null
}

function sendPicture(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  { type, bytes }: Picture,
): void {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  response.setHeader('etag', etag)
  // To be kept, and asked about each time: a revoked person's picture is not shown from a cache.
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('vary', 'Origin, Authorization')
  response.setHeader('content-security-policy', POLICY)
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end()
    return
  }
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
  response.end(bytes)
}
