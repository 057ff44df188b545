import { useI18n } from '../i18n/i18n.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import type { ChartItem, ChartNode } from './chart-nodes.ts'

export interface ChartBranchProps {
  readonly nodes: readonly ChartNode[]
  readonly focusedId: string | null
  readonly ownId: string
  readonly staffId: string | null
  readonly onChoose: (node: ChartNode) => void
  readonly onToggle: (node: ChartNode) => void
}

/** Boxes that hang on the same one, each with its own branch. */
export function ChartBranch({ nodes, ...shared }: ChartBranchProps) {
  const { focusedId, ownId, staffId, onChoose, onToggle } = shared
  return nodes.map((node) => {
    const { id, item, level, position, siblings, isOpen, hasChildren } = node
    const isPerson = item.kind === 'person'
    return (
      <li key={id} role="none" className="chart-node">
        <div
          role="treeitem"
          className={isPerson && item.staff.id === ownId ? `box ${item.kind} own` : `box ${item.kind}`}
          data-id={id}
          aria-level={level}
          aria-posinset={position}
          aria-setsize={siblings}
          {...(hasChildren ? { 'aria-expanded': isOpen } : {})}
          {...(isPerson ? { 'aria-selected': item.staff.id === staffId } : {})}
          tabIndex={id === focusedId ? 0 : -1}
          onClick={() => onChoose(node)}
        >
          <Content item={item} isOwn={isPerson && item.staff.id === ownId} />
          {hasChildren && (
            <span
              className={isOpen ? 'twist open' : 'twist'}
              onClick={(event) => {
                event.stopPropagation()
                onToggle(node)
              }}
            >
              <Icon name="right" size={16} />
            </span>
          )}
        </div>
        {node.children.length > 0 && (
          <ul role="group">
            <ChartBranch {...shared} nodes={node.children} />
          </ul>
        )}
      </li>
    )
  })
}

function Content({ item, isOwn }: { item: ChartItem; isOwn: boolean }) {
  const { t } = useI18n()
  switch (item.kind) {
    case 'department': {
      const [leader] = item.leaders
      return (
        <>
          <span className="department-icon">
            <Icon name="department" size={18} />
          </span>
          <span className="who">
            <span className="name">{item.department.name}</span>
            <span className="detail facts">
              {leader && (
                <>
                  <Avatar of={leader} size={18} />
                  <span className="hidden-text">{t('leader')}</span>
                  <span className="name">{item.leaders.map(({ name }) => name).join(t('comma'))}</span>
                </>
              )}
              <span className="count">{t('peopleCount', { count: item.people })}</span>
            </span>
          </span>
        </>
      )
    }
    case 'person': {
      const { staff, title, isLeader, reports } = item
      return (
        <>
          <Avatar of={staff} size={32} />
          <span className="who">
            <span className="name">
              {staff.name}
              {staff.nickname !== null && <span className="nickname">{staff.nickname}</span>}
            </span>
            {title !== null && <span className="detail">{title}</span>}
          </span>
          {isLeader && <span className="mark">{t('leader')}</span>}
          {isOwn && <span className="mark">{t('me')}</span>}
          {reports > 0 && (
            <>
              <span className="count" aria-hidden="true">
                {reports}
              </span>
              <span className="hidden-text">{t('reportCount', { count: reports })}</span>
            </>
          )}
        </>
      )
    }
    case 'more':
      return t('showMore', { count: item.count })
  }
}
