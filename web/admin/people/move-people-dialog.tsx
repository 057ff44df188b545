import { Modal, Radio } from 'antd'
import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import type { MembershipInput } from '../../generated/graphql.ts'
import { Effect, effectOf, type Effected } from '../effect.tsx'
import { useTexts } from '../i18n/texts.ts'
import type { Ref } from '../staff/draft.ts'
import { BulkProgress } from './bulk-progress.tsx'
import type { BulkRun } from './bulk-run.ts'
import type { Line } from './people-source.ts'
import { useBulk } from './use-bulk.ts'

/** The effect of so many people is shown one by one: each of them may have another one. */
const PREVIEWED = 5

type Way = 'move' | 'add'

/** People who were dragged onto a department: who would gain and lose sight of what, before they are moved. */
export function MovePeopleDialog({
  people,
  place,
  onClose,
}: {
  readonly people: readonly Line[]
  readonly place: Ref
  /** `isBegun`: something may have been done. */
  readonly onClose: (isBegun: boolean) => void
}) {
  const { t } = useTexts()
  const client = useClient()
  const begin = useBulk()
  const [way, setWay] = useState<Way>('move')
  const [effects, setEffects] = useState<readonly Effected[] | null>(null)
  const [run, setRun] = useState<BulkRun<Line> | null>(null)
  const moved = people.filter((line) => !isThere(line, place.id, way))
  useEffect(() => {
    let isOver = false
    setEffects(null)
    const asked = people.filter((line) => !isThere(line, place.id, way)).slice(0, PREVIEWED)
    const effectsOf = asked.map(
      async (line) => await effectOf(client, { updateStaff: updateOf(line, place.id, way) }, t),
    )
    void Promise.all(effectsOf).then((answers) => {
      if (!isOver) setEffects(answers)
    })
    return () => {
      isOver = true
    }
  }, [client, t, people, place.id, way])
  if (run) return <BulkProgress run={run} onClose={() => onClose(true)} />
  const isRefused = effects !== null && effects.length > 0 && effects.every(({ kind }) => kind === 'refused')
  const start = () => {
    const editsOf = (some: readonly Line[]) =>
      Promise.resolve(some.map((line) => ({ updateStaff: updateOf(line, place.id, way) })))
    setRun(begin(moved, editsOf))
  }
  return (
    <Modal
      open
      title={t('movePeople', { count: people.length, name: place.name })}
      okText={t('movePeopleNow')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: effects === null || moved.length === 0 || isRefused }}
      onOk={start}
      onCancel={() => onClose(false)}
    >
      <Radio.Group
        className="move-ways"
        aria-label={t('movePeopleWay')}
        value={way}
        options={[
          { value: 'move', label: t('movePeople_move') },
          { value: 'add', label: t('movePeople_add') },
        ]}
        onChange={(event) => setWay(event.target.value === 'add' ? 'add' : 'move')}
      />
      {moved.length === 0 && <p className="hint">{t('movePeopleThere')}</p>}
      {effects === null && <p className="hint">{t('previewing')}</p>}
      {effects?.map((effected, i) => (
        <div key={moved[i]?.id ?? i}>
          {moved.length > 1 && <h3>{moved[i]?.name}</h3>}
          <Effect effected={effected} />
        </div>
      ))}
      {effects !== null && moved.length > effects.length && (
        <p className="hint">{t('movePeopleMore', { count: effects.length })}</p>
      )}
    </Modal>
  )
}

/** Whether nothing would change. */
function isThere({ memberships }: Line, departmentId: string, way: Way): boolean {
  const isMember = memberships.some((m) => m.departmentId === departmentId)
  return isMember && (way === 'add' || memberships.length === 1)
}

/** Who belongs there already keeps the title and the lead. */
function updateOf({ id, revision: ifRevision, memberships }: Line, departmentId: string, way: Way) {
  const kept = memberships.map(membershipOf)
  const there = kept.find((m) => m.departmentId === departmentId)
  const moved: MembershipInput[] =
    way === 'move'
      ? [{ ...there, departmentId, isMain: true }]
      : [...kept, { departmentId, isMain: kept.length === 0 }]
  return { id, ifRevision, memberships: moved }
}

function membershipOf(membership: Line['memberships'][number]): MembershipInput {
  const { departmentId, title, sortKey, isMain, isLeader } = membership
  return { departmentId, title, sortKey, isMain, isLeader }
}
