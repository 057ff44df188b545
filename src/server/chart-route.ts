import type { View } from '../access/view.ts'
import { MAX_BOXES, type Chart, type ChartRequest } from '../chart/chart.ts'
import { departmentChart } from '../chart/departments.ts'
import { drawChart, textIn } from '../chart/draw.ts'
import { layoutOf, type Layout } from '../chart/layout.ts'
import { managerChart } from '../chart/managers.ts'
import { TooManyPictures } from '../picture/failures.ts'
import type { Pictures } from '../picture/pictures.ts'
import { MAX_RASTER_PIXELS, MAX_RASTER_SIDE } from '../picture/raster.ts'
import type { Callers } from './callers.ts'
import { sendError, type Exchange, type Route } from './http.ts'
import { queryOf, sendBusy, sendNothing, sendPicture, sendUnauthenticated } from './send-picture.ts'

export interface ChartOptions {
  readonly callers: Callers
  readonly view: (staffId: string) => View
  readonly pictures: Pictures
  readonly format: 'svg' | 'png'
}

const MAX_DEPTH = 100
const USAGE = `Ask with ?by= departments or managers, ?root= the id of one of them, ?depth= 1 to ${MAX_DEPTH}.`
const TOO_LARGE = `The chart would have more than ${MAX_BOXES} boxes: choose a department or a person with ?root=, or fewer levels with ?depth=.`
const TOO_WIDE =
  'The chart is too large for a PNG: ask for /chart.svg, choose a department or a person with ?root=, or fewer levels with ?depth=.'
const NO_FONT =
  'The fonts of this server lack characters of these names: ask for /chart.svg, or have a font installed that has them, such as fonts-noto-cjk.'

/**
 * The organisation as a drawing, by departments or by managers, as far as the view shows it now (T40): hidden rows leave no
 * trace. `?root=` begins with one of them; hidden, missing and malformed ids answer the same 404. `?depth=` is a number of
 * levels. Too many boxes are refused with 400 and an advice; as PNG also what has too many pixels, and with 501 names that
 * the fonts of this machine cannot write.
 */
export function chartRoute(o: ChartOptions): Route {
  return {
    methods: ['GET'],
    async handle({ request, response }) {
      const authentication = await o.callers.of(request, 'reading')
      if (authentication.kind !== 'viewer') return sendUnauthenticated(response, authentication)
      const asked = askedIn(queryOf(request))
      if (!asked) return sendError(response, 400, 'BAD_USER_INPUT', USAGE)
      const chart = chartOf(o.view(authentication.viewer.staffId), asked)
      switch (chart.kind) {
        case 'missing':
          return sendNothing(response)
        case 'too large':
          return sendError(response, 400, 'BAD_USER_INPUT', TOO_LARGE)
        case 'chart': {
          const layout = layoutOf(chart.roots)
          if (o.format === 'png') return await sendPng(o.pictures, layout, { request, response })
          return sendPicture({ request, response }, { type: 'image/svg+xml', bytes: drawChart(layout) })
        }
      }
    },
  }
}

function chartOf(view: View, asked: ChartRequest): Chart {
  switch (asked.by) {
    case 'departments':
      return departmentChart(view, asked)
    case 'managers':
      return managerChart(view, asked)
  }
}

async function sendPng(
  pictures: Pictures,
  layout: Layout,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
): Promise<void> {
  const { width, height } = layout
  if (width * height > MAX_RASTER_PIXELS || Math.max(width, height) > MAX_RASTER_SIDE)
    return sendError(response, 400, 'BAD_USER_INPUT', TOO_WIDE)
  try {
    const picture = await pictures.drawing(textIn(layout), (omitted) => drawChart(layout, omitted))
    if (picture) sendPicture({ request, response }, picture)
    else sendError(response, 501, 'UNAVAILABLE', NO_FONT)
  } catch (error) {
    if (!(error instanceof TooManyPictures)) throw error
    sendBusy(response, error.message)
  }
}

function askedIn(query: URLSearchParams): ChartRequest | null {
  const by = query.get('by') ?? 'departments'
  const depth = query.get('depth') ?? String(MAX_DEPTH)
  if ((by !== 'departments' && by !== 'managers') || !/^[1-9]\d{0,2}$/.test(depth)) return null
  return Number(depth) > MAX_DEPTH ? null : { by, rootId: query.get('root'), depth: Number(depth) }
}
