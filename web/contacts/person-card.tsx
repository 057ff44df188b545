import { useState } from 'react'
import { Link, useRouter } from '../app/link.tsx'
import type { DirectoryView } from '../app/directory.ts'
import { useStore } from '../app/store.ts'
import { useI18n } from '../i18n/i18n.tsx'
import type { StaffRow } from '../sdk/contract.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { personRoute } from './person-route.ts'
import './person-card.css'

export interface PersonCardProps {
  readonly view: DirectoryView
  readonly staff: StaffRow
  readonly isStarred: boolean
  /** Null: nobody is starred here. */
  readonly onStar: ((isStarred: boolean) => void) | null
}

/** All that this device knows of somebody. What the viewer may not see is not in the copy, and so has no line. */
export function PersonCard({ view: { queries, fields }, staff, isStarred, onStar }: PersonCardProps) {
  const { t } = useI18n()
  const here = useStore(useRouter().route)
  const manager = staff.managerId === null ? null : queries.person(staff.managerId)
  const values = new Map(staff.metadata.map(({ key, value }) => [key, value]))
  const custom = fields.flatMap(({ appliesTo, key, label }) => {
    const value = appliesTo === 'STAFF' ? values.get(key) : undefined
    return value === undefined ? [] : [{ key, label, value }]
  })
  return (
    <article className="card" aria-labelledby="card-name">
      <header>
        <Avatar of={staff} size={88} />
        <div className="who">
          <h2 id="card-name">
            {staff.name}
            {staff.nickname !== null && <span className="nickname">{staff.nickname}</span>}
          </h2>
          {staff.title !== null && <p className="detail">{staff.title}</p>}
        </div>
        {onStar && (
          <button
            className={isStarred ? 'button plain icon-only star on' : 'button plain icon-only star'}
            aria-pressed={isStarred}
            aria-label={isStarred ? t('unstar') : t('star')}
            onClick={() => onStar(!isStarred)}
          >
            <Icon name="star" filled={isStarred} />
          </button>
        )}
      </header>
      <div className="actions">
        {staff.mobile !== null && (
          <a className="button" href={`tel:${staff.mobile.replace(/[^+\d]/g, '')}`}>
            <Icon name="phone" size={18} />
            {t('call')}
          </a>
        )}
        {staff.email[0] !== undefined && (
          <a className="button" href={`mailto:${encodeURIComponent(staff.email[0])}`}>
            <Icon name="mail" size={18} />
            {t('sendMail')}
          </a>
        )}
      </div>
      <dl>
        {staff.mobile !== null && (
          <Line label={t('mobile')}>
            <Copied text={staff.mobile} />
          </Line>
        )}
        {staff.email.map((email) => (
          <Line key={email} label={t('email')}>
            <Copied text={email} />
          </Line>
        ))}
        {staff.memberships.map(({ departmentId, title, isMain, isLeader }) => {
          const path = queries.path(departmentId)
          if (path.length === 0) return null
          return (
            <Line key={departmentId} label={isMain ? t('mainDepartment') : t('department')}>
              <Link to={{ page: 'contacts', departmentId, staffId: staff.id }}>
                {path.map(({ name }) => name).join(' / ')}
              </Link>
              {title !== null && <span className="detail">{title}</span>}
              {isLeader && <span className="mark">{t('leader')}</span>}
            </Line>
          )
        })}
        {manager && (
          <Line label={t('manager')}>
            <Link to={personRoute(here, queries, manager.id)}>{manager.name}</Link>
          </Line>
        )}
        {custom.map(({ key, label, value }) => (
          <Line key={key} label={label}>
            {value}
          </Line>
        ))}
      </dl>
    </article>
  )
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="line">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const SAID_MS = 1500

function Copied({ text }: { text: string }) {
  const { t } = useI18n()
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SAID_MS)
  }
  return (
    <>
      <span>{text}</span>
      <button
        className="button plain icon-only"
        aria-label={`${t('copy')} ${text}`}
        onClick={() => void copy()}
      >
        <Icon name="copy" size={16} />
      </button>
      <span role="status" className="detail">
        {isCopied && t('copied')}
      </span>
    </>
  )
}
