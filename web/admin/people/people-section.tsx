import { App, Button } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { useClient } from 'urql'
import { useRouter } from '../../app/link.tsx'
import { useStore } from '../../app/store.ts'
import { AdminDepartmentDocument } from '../../generated/graphql.ts'
import { Icon } from '../../ui/icon.tsx'
import { useAdmin, useAsked } from '../admin.ts'
import { AdminTree } from '../departments/admin-tree.tsx'
import { DepartmentActions } from '../departments/department-actions.tsx'
import { MoveDialog, type Move } from '../departments/move-dialog.tsx'
import { TreeSource } from '../departments/tree-source.ts'
import { useTexts } from '../i18n/texts.ts'
import type { Ref } from '../staff/draft.ts'
import { StaffDrawer } from '../staff/staff-drawer.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { DEFAULT_COLUMNS, type Column } from './columns.tsx'
import { FilterBar, NO_FILTER, type Filter } from './filter-bar.tsx'
import { MovePeopleDialog } from './move-people-dialog.tsx'
import { PeopleSource, type Line } from './people-source.ts'
import { PeopleTable, type Sorting } from './people-table.tsx'
import './people.css'

/** Of so many people a page holds what it needs to edit them; who wants more imports a file. */
const MOST_CHOSEN = 5000

/** Departments and people in one screen. */
export function PeopleSection({
  departmentId,
  staffId,
}: {
  readonly departmentId: string | null
  readonly staffId: string | null
}) {
  const { t } = useTexts()
  const router = useRouter()
  const client = useClient()
  const { message } = App.useApp()
  const { news, abilities } = useAdmin()
  const stamp = useStore(news.stamp)
  const [filter, setFilter] = useState<Filter>(NO_FILTER)
  const [sorting, setSorting] = useState<Sorting>({ order: 'PINYIN', isDescending: false })
  const [columns, setColumns] = useState<readonly Column[]>(DEFAULT_COLUMNS)
  const [chosen, setChosen] = useState<ReadonlyMap<string, Line>>(new Map())
  const [isCreating, setCreating] = useState(false)
  const [move, setMove] = useState<Move | null>(null)
  const [dragged, setDragged] = useState<readonly Line[] | null>(null)
  const [moved, setMoved] = useState<{ readonly people: readonly Line[]; readonly place: Ref } | null>(null)
  const tree = useMemo(() => new TreeSource(client, news), [client, news])
  const { text, status, typeId, roleId, recursive } = filter
  const source = useMemo(
    () =>
      new PeopleSource(client, news, {
        id: departmentId,
        recursive,
        status,
        typeId,
        roleId,
        text,
        order: sorting.order,
        descending: sorting.isDescending,
      }),
    [client, news, departmentId, recursive, status, typeId, roleId, text, sorting],
  )
  useEffect(() => {
    source.refresh()
    return () => source.close()
  }, [source])
  useEffect(() => void tree.start(), [tree])
  useEffect(() => {
    if (stamp === 0) return
    source.refresh()
    void tree.refresh()
  }, [stamp, source, tree])
  useEffect(() => setChosen(new Map()), [departmentId])

  const go = (to: { departmentId?: string | null; staffId?: string | null }) =>
    router.go({ page: 'admin', section: 'people', departmentId, staffId: null, ...to })
  const { total, isAway } = useStore(source.state)
  const hasChoice = abilities.hasAll('staff.write') || abilities.has('role.assign')
  const chooseAll = async (isChosen: boolean) => {
    if (!isChosen) return setChosen(new Map())
    const lines = await source.first(Math.min(total ?? 0, MOST_CHOSEN))
    if (!lines) return void message.error(t('away'))
    setChosen(new Map(lines.map((line) => [line.id, line])))
  }
  const choose = (line: Line, isChosen: boolean) => {
    const next = new Map(chosen)
    if (isChosen && next.size < MOST_CHOSEN) next.set(line.id, line)
    else next.delete(line.id)
    setChosen(next)
  }
  return (
    <div className="people-section">
      <section className="tree-side" aria-label={t('departments')}>
        <button
          className={departmentId === null ? 'row everybody is-chosen' : 'row everybody'}
          aria-pressed={departmentId === null}
          onClick={() => go({ departmentId: null })}
        >
          <Icon name="people" size={18} />
          {t('everybody')}
        </button>
        <AdminTree
          source={tree}
          chosenId={departmentId}
          onChoose={(id) => go({ departmentId: id })}
          onDrop={
            abilities.hasAll('department.write')
              ? (moved, drop) => setMove({ id: moved.id, name: moved.name, fromId: moved.parentId, drop })
              : null
          }
          onDropPeople={dragged && (({ id, name }) => setMoved({ people: dragged, place: { id, name } }))}
        />
      </section>
      <section className="people-side" aria-label={t('people')}>
        <header className="people-head">
          {departmentId === null ? (
            <h2>{t('everybody')}</h2>
          ) : (
            <DepartmentHead id={departmentId} onMove={setMove} onGone={() => go({ departmentId: null })} />
          )}
          <span className="hint" role="status">
            {total === null ? '' : t('peopleCount', { count: total })}
          </span>
          {abilities.hasAll('staff.write') && (
            <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setCreating(true)}>
              {t('newStaff')}
            </Button>
          )}
        </header>
        <FilterBar
          filter={filter}
          onFilter={setFilter}
          columns={columns}
          onColumns={setColumns}
          hasDepartment={departmentId !== null}
        />
        {chosen.size > 0 && (
          <BulkBar chosen={chosen} isMost={chosen.size === MOST_CHOSEN} onDone={() => setChosen(new Map())} />
        )}
        {isAway && (
          <p className="problem" role="status">
            {t('away')}
          </p>
        )}
        <PeopleTable
          source={source}
          columns={columns}
          sorting={sorting}
          onSort={setSorting}
          chosen={chosen}
          onChoose={choose}
          onChooseAll={(isChosen) => void chooseAll(isChosen)}
          hasChoice={hasChoice}
          onOpen={(id) => go({ staffId: id })}
          onDrag={
            abilities.hasAll('staff.write')
              ? (line) => setDragged(line && (chosen.has(line.id) ? [...chosen.values()] : [line]))
              : null
          }
        />
      </section>
      {(staffId !== null || isCreating) && (
        <StaffDrawer
          staffId={isCreating ? null : staffId}
          departmentId={departmentId}
          onClose={() => {
            setCreating(false)
            go({})
          }}
          onOpen={(id) => {
            setCreating(false)
            go({ staffId: id })
          }}
        />
      )}
      {moved && (
        <MovePeopleDialog
          {...moved}
          onClose={(isBegun) => {
            setMoved(null)
            if (isBegun) setChosen(new Map())
          }}
        />
      )}
      {move && <MoveDialog move={move} onClose={() => setMove(null)} />}
    </div>
  )
}

function DepartmentHead({
  id,
  onMove,
  onGone,
}: {
  readonly id: string
  readonly onMove: (move: Move) => void
  readonly onGone: () => void
}) {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data } = useAsked(AdminDepartmentDocument, { id }, news)
  const department = data?.admin?.department
  if (data && !department) return <h2>{t('goneDepartment')}</h2>
  if (department?.id !== id) return <h2>…</h2>
  return (
    <>
      <h2>{department.name}</h2>
      {department.type && <span className="kind">{department.type.name}</span>}
      <DepartmentActions department={department} onMove={onMove} onGone={onGone} />
    </>
  )
}
