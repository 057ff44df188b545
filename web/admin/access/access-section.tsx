import { useEffect, type ReactNode } from 'react'
import { Link, useRouter } from '../../app/link.tsx'
import type { AccessPart } from '../../app/router.ts'
import { useAdmin } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { ExplainPart } from './explain-part.tsx'
import { FieldsPart } from './fields/fields-part.tsx'
import { MatrixPart } from './matrix/matrix-part.tsx'
import { openParts } from './parts.ts'
import { RolesPart } from './roles/roles-part.tsx'
import { RulesPart } from './rules/rules-part.tsx'
import { TypesPart } from './types/types-part.tsx'
import './access.css'

/** Roles and rules change nothing in the own copy, as a rule: they are looked at so often, in milliseconds. */
const LOOK_MS = 3000

export interface PartProps {
  /** The entry that is open; `new`: one that is not there yet. */
  readonly entryId: string | null
  readonly onOpen: (entryId: string | null) => void
}

/** Who may see and do what: roles, rules, types, fields, the matrix of all of them, and why one person sees another. */
export function AccessSection({
  part: wanted,
  entryId,
}: {
  readonly part: AccessPart | null
  readonly entryId: string | null
}) {
  const { t } = useTexts()
  const router = useRouter()
  const { abilities, news } = useAdmin()
  useEffect(() => {
    const looking = setInterval(() => {
      if (document.visibilityState === 'visible') news.tell()
    }, LOOK_MS)
    return () => clearInterval(looking)
  }, [news])
  const open = openParts(abilities)
  const part = wanted ?? open[0]
  const place = { page: 'admin', section: 'access', departmentId: null, staffId: null } as const
  const onOpen = (id: string | null) => {
    if (part) router.go({ ...place, part, ...(id === null ? {} : { entryId: id }) })
  }
  return (
    <div className="admin-section access">
      <nav className="access-parts" aria-label={t('section_access')}>
        {open.map((name) => (
          <Link key={name} to={{ ...place, part: name }} aria-current={name === part ? 'page' : undefined}>
            {t(`part_${name}`)}
          </Link>
        ))}
      </nav>
      {part && open.includes(part) ? (
        <Part key={part} part={part} entryId={entryId} onOpen={onOpen} />
      ) : (
        <p className="empty">{t('sectionRefused')}</p>
      )}
    </div>
  )
}

function Part({ part, ...props }: PartProps & { readonly part: AccessPart }): ReactNode {
  switch (part) {
    case 'roles':
      return <RolesPart {...props} />
    case 'rules':
      return <RulesPart {...props} />
    case 'types':
      return <TypesPart {...props} />
    case 'fields':
      return <FieldsPart {...props} />
    case 'matrix':
      return <MatrixPart />
    case 'explain':
      return <ExplainPart />
  }
}
