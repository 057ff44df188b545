import type { View } from '../access/view.ts'
import type { Logger } from '../log.ts'
import { TooManyPictures } from '../picture/failures.ts'
import { SIZES, type Picture, type Pictures, type Size } from '../picture/pictures.ts'
import type { Callers } from './callers.ts'
import { sendError, type Route } from './http.ts'
import { queryOf, sendBusy, sendNothing, sendPicture, sendUnauthenticated } from './send-picture.ts'

export interface AvatarOptions {
  readonly callers: Callers
  readonly view: (staffId: string) => View
  /** The picture that the directory has; null without one. Rejects while the directory is away. */
  readonly readPhoto: (staffId: string) => Promise<Buffer | null>
  readonly pictures: Pictures
  readonly log: Logger
}

export const AVATAR_PATH = /^\/avatars\/([0-9a-f-]{36})\/[\w-]{1,64}$/

/**
 * The picture of a person, for whoever may see the person now (T40): the session is needed and the view asked each time,
 * before anything is taken from a cache. Hidden and missing people answer the same. Without a photo, with one that may not
 * be shown (T73) and without the directory it answers the default picture; 503 only when too much is being drawn.
 *
 * `?size=` is one of SIZES, the largest unless given; anything else is refused, so that nobody fills the cache with sizes.
 * `?format=png` draws default pictures as PNG; photos are always JPEG, and an SVG has whatever size it is shown in.
 */
export function avatarRoute(o: AvatarOptions): Route {
  const photoOf = async ({ id, key }: Subject, size: Size): Promise<Picture | null> => {
    try {
      return await o.pictures.photo(key, size, () => o.readPhoto(id))
    } catch (error) {
      if (error instanceof TooManyPictures) throw error
      o.log.debug({ err: error }, 'A photo could not be read')
      return null
    }
  }
  const pictureOf = async (subject: Subject, { size, isPng }: Wanted): Promise<Picture> => {
    const photo = await photoOf(subject, size)
    if (photo) return photo
    const { id, name } = subject
    return isPng ? await o.pictures.defaultPng(id, name, size) : await o.pictures.defaultSvg(id, name)
  }
  return {
    methods: ['GET'],
    async handle({ request, response, path }) {
      const authentication = await o.callers.of(request, 'reading')
      if (authentication.kind !== 'viewer') return sendUnauthenticated(response, authentication)
      const wanted = wantedOf(queryOf(request))
      if (!wanted) return sendError(response, 400, 'BAD_USER_INPUT', USAGE)
      const { staffId } = authentication.viewer
      const subject = subjectOf(o.view(staffId), staffId, AVATAR_PATH.exec(path)?.[1] ?? '')
      if (!subject) return sendNothing(response)
      try {
        sendPicture({ request, response }, await pictureOf(subject, wanted))
      } catch (error) {
        if (!(error instanceof TooManyPictures)) throw error
        sendBusy(response, error.message)
      }
    },
  }
}

const USAGE = `Ask with ?size= one of ${SIZES.join(', ')}, and with ?format= png or svg.`

interface Wanted {
  readonly size: Size
  readonly isPng: boolean
}

function wantedOf(query: URLSearchParams): Wanted | null {
  const sizeText = query.get('size') ?? String(Math.max(...SIZES))
  const size = SIZES.find((s) => String(s) === sizeText)
  const format = query.get('format') ?? 'svg'
  return size !== undefined && (format === 'svg' || format === 'png')
    ? { size, isPng: format === 'png' }
    : null
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
  return own ? { id, name: own.name, key: `own ${id} ${own.avatarHash ?? ''}` } : null
}
