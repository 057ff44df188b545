import type { Mutant } from './mutants.ts'

/** Faults of search; the comparison with the oracle must show each. */
export const SEARCH_MUTANTS: readonly Mutant[] = [
  {
    breaks: '[F1] [V5] hidden mobile numbers are looked at',
    file: 'src/search/scan.ts',
    find: 'wantedTail !== ABSENT && (shown & MOBILE) !== 0 &&',
    replace: 'wantedTail !== ABSENT &&',
  },
  {
    breaks: '[F1] [V3] titles in hidden departments are looked at',
    file: 'src/search/scan.ts',
    find: 'if (showsDepartment(departmentId)) rank',
    replace: 'rank',
  },
  {
    breaks: '[F1] [V3] a hidden own department puts its people first',
    file: 'src/search/search.ts',
    find: 'ownDepartmentIds.filter(showsDepartment)',
    replace: 'ownDepartmentIds',
  },
  {
    breaks: '[F1] what an audience sees is remembered for ever',
    file: 'src/search/sights.ts',
    find: 'known?.stamps.every((stamp, i) => stamp === stamps[i]) === true',
    replace: 'known !== undefined',
  },
  {
    breaks: '[F1] a change does not reach the index',
    file: 'src/sync/finder.ts',
    find: "if (kind === 'department' || kind === 'staff') this.#touched[kind].add(id)",
    replace: "if (kind === 'department') this.#touched[kind].add(id)",
  },
  {
    breaks: '[F1] whoever is gone is still in the index',
    file: 'src/sync/finder.ts',
    find: 'else this.#index.remove(kind, id)',
    replace: '',
  },
  {
    breaks: '[F1] a column is left behind when a row moves',
    file: 'src/search/people.ts',
    find: 'for (const column of this.#columns) column.set',
    replace: 'for (const column of this.#columns.slice(1)) column.set',
  },
  {
    breaks: '[F4] other readings rank like the first one',
    file: 'src/search/rank.ts',
    find: 'spelling.isPolyphonic ? sound.kind(spelling, false) : wide',
    replace: 'wide',
  },
  {
    breaks: '[F6] the best word counts',
    file: 'src/search/scan.ts',
    find: 'ranks[row] = Math.max(rank, before)',
    replace: 'ranks[row] = nth < 2 ? rank : Math.min(rank, before)',
  },
  {
    breaks: '[F7] too few are found before others are left out',
    file: 'src/search/limit.ts',
    find: 'this.#within - worst < this.#size',
    replace: 'this.#within - worst < this.#size - 1',
  },
  {
    breaks: '[F7] what sounds as good as the worst of the best is left out',
    file: 'src/search/rank.ts',
    find: 'rankOf(best, SOUND) > limit',
    replace: 'rankOf(best, SOUND) >= limit',
  },
]
