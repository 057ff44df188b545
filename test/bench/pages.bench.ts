import { staffKey } from '../../schema/admin/staff.ts'
import { PageCursors, pageOf, type Key, type Page } from '../../schema/paging.ts'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import { EVERYBODY } from '../../src/access/staff-list.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { HeadState } from '../../src/model/state.ts'
import { Sync } from '../../src/sync/sync.ts'
import { MemoryHistory } from '../support/memory-history.ts'
import { added, benchCompany, benchId, VersionWriter } from './company.ts'
import { median, type Bench, type Figure } from './figures.ts'

const SECRET = 'the token secret of the benches, long enough'
/** T72: the last page costs at most so much of the first. */
const MOST = 1.5
/** Nothing that is asked after an edit blocks for longer, in milliseconds. */
const BLOCKED_MS = 15
const PAGE = 100

interface Listed {
  readonly what: string
  readonly page: (after: string | null) => Page<unknown>
  /** The key of the row behind which the last page begins. */
  readonly lastAfter: Key
}

/** T72: pages of long lists in process: of 100,000 people, half of them in one of 5,000 departments. */
export const bench: Bench = async ({ isSmall, say }) => {
  const people = isSmall ? 5000 : 100_000
  const rounds = isSmall ? 10 : 30
  const history = new MemoryHistory()
  history.append(new VersionWriter().write(companyOf(people).map(added)))
  const { state } = history
  const sync = new Sync({ replica: history, secret: SECRET })
  const cursors = new PageCursors(SECRET)
  const viewer = benchId('p', 0)
  const view = sync.view(viewer)
  const admin = new Administration(new Authority(state, viewer))
  const list = <T extends { name: string; id: string }>(
    what: string,
    items: () => readonly T[],
    rowOf: (item: T) => unknown,
  ): Listed => {
    const all = items()
    const before = all.at(-PAGE - 1)
    if (!before) throw new Error(`${what} is too short`)
    say(`${what}: ${all.length} people`)
    return {
      what,
      lastAfter: staffKey(before),
      page: (after) => {
        const page = pageOf(cursors, what, items(), staffKey, { first: PAGE, after })
        return { ...page, edges: page.edges.map(({ cursor, node }) => ({ cursor, node: rowOf(node) })) }
      },
    }
  }
  const crowd = benchId('d', 0)
  const lists = [
    list(
      'everybody, in a view',
      () => view.staffList(null, false),
      ({ id }) => view.staff(id),
    ),
    list(
      'one department, in a view',
      () => view.staffList(crowd, false),
      ({ id }) => view.staff(id),
    ),
    list(
      'everybody, administered',
      () => admin.staffList(EVERYBODY),
      ({ id }) => admin.staff(id),
    ),
    list(
      'one department, administered',
      () => admin.staffList({ ...EVERYBODY, departmentId: crowd }),
      ({ id }) => admin.staff(id),
    ),
  ]
  return [...lists.flatMap((one) => measured(one, cursors, rounds)), ...afterEdits(state, viewer, rounds)]
}

/** What a console asks after each edit of somebody: the longest of these answers blocks everybody else. */
function afterEdits(state: HeadState, viewer: string, rounds: number): Figure[] {
  const edited = [...state.all('staff')].slice(0, rounds + 1)
  const crowd = { ...EVERYBODY, departmentId: benchId('d', 0), isRecursive: true }
  const asked: readonly (readonly [what: string, ask: (admin: Administration) => unknown])[] = [
    ['everybody by pinyin', (admin) => admin.staffInOrder(EVERYBODY, 'PINYIN', false)],
    ['everybody by title, descending', (admin) => admin.staffInOrder(EVERYBODY, 'TITLE', true)],
    ['a department with all below it', (admin) => admin.staffInOrder(crowd, 'PINYIN', false)],
    ['a search', (admin) => admin.staffInOrder({ ...EVERYBODY, text: 'a' }, 'PINYIN', false)],
    ['counts', (admin) => admin.memberCount(benchId('d', 1), true)],
    ['leaders of a large department', (admin) => admin.leaders(benchId('d', 0))],
    ['the trash', (admin) => admin.trash()],
  ]
  const admin = new Administration(new Authority(state, viewer))
  const searched = Array.from({ length: rounds + 1 }, (_, round) => {
    const start = performance.now()
    admin.staffInOrder({ ...EVERYBODY, text: String(round) }, 'PINYIN', false)
    return performance.now() - start
  })
  const search: Figure = {
    what: 'a search for something else each time',
    value: median(searched.slice(1)),
    unit: 'ms',
  }
  const followed = asked.map(([what, ask]): Figure => {
    const times = edited.map((entry, round) => {
      state.put({ ...entry, title: `Title ${round}`, name: `${entry.name} ${round}` })
      const admin = new Administration(new Authority(state, viewer))
      const start = performance.now()
      ask(admin)
      return performance.now() - start
    })
    return {
      what: `after an edit of somebody: ${what}`,
      value: median(times.slice(1)),
      unit: 'ms',
      limit: { atMost: BLOCKED_MS },
    }
  })
  return [...followed, search, { ...search, what: 'the first search of all', value: searched[0] ?? 0 }]
}

function measured({ what, page, lastAfter }: Listed, cursors: PageCursors, rounds: number): Figure[] {
  const last = cursors.mint(what, lastAfter)
  const [firsts, lasts]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const times = [null, last].map((after) => {
      const start = performance.now()
      page(after)
      return performance.now() - start
    })
    if (round === 0) continue
    firsts.push(times[0] ?? 0)
    lasts.push(times[1] ?? 0)
  }
  return [
    {
      what: `the last page: ${what}`,
      value: median(lasts),
      unit: 'ms',
      yardstick: { what: 'the first', value: median(firsts) },
      limit: { atMost: MOST },
    },
  ]
}

function companyOf(people: number): Entry[] {
  const entries = benchCompany({ people, audiences: 1 })
  const crowd = { departmentId: benchId('d', 0), title: null, sortKey: 'a', isMain: true, isLeader: false }
  let n = 0
  return entries.map((entry) => {
    if (entry.kind === 'role')
      return {
        ...entry,
        abilities: [{ name: 'staff.read', scope: 'ORGANISATION', departmentId: null, fields: ['*'] }],
      }
    return entry.kind === 'staff' && n++ < people / 2 ? { ...entry, memberships: [crowd] } : entry
  })
}
