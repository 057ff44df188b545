import { App as AntApp, ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCNLocale from 'antd/locale/zh_CN'
import { useMemo, useState, type ReactNode } from 'react'
import { ApiProvider } from '../app/api-provider.tsx'
import type { Directory } from '../app/directory.ts'
import { Link } from '../app/link.tsx'
import type { Preferences } from '../app/preferences.ts'
import { ADMIN_SECTIONS, type AdminSection, type Route } from '../app/router.ts'
import type { Session } from '../app/session.ts'
import { useStore } from '../app/store.ts'
import { AdminDocument } from '../generated/graphql.ts'
import { Abilities } from './abilities.ts'
import { AccessSection } from './access/access-section.tsx'
import { AdminContext, News, useAsked } from './admin.ts'
import { AuditSection } from './audit/audit-section.tsx'
import { DashboardSection } from './dashboard/dashboard-section.tsx'
import { useTexts } from './i18n/texts.ts'
import { IntegrationsSection } from './integrations/integrations-section.tsx'
import { PeopleSection } from './people/people-section.tsx'
import { TransferSection } from './transfer/transfer-section.tsx'
import { themeOf } from './theme/theme.ts'
import { useDark } from './theme/use-dark.ts'
import { TrashSection } from './trash/trash-section.tsx'
import { useNews } from './use-news.ts'
import './admin.css'

type AdminRoute = Extract<Route, { page: 'admin' }>

export interface AdminPageProps {
  readonly route: AdminRoute
  readonly session: Session
  readonly directory: Directory
  readonly preferences: Preferences
}

/** The administration console, for those whose roles give them any ability. */
export function AdminPage({ route, session, directory, preferences }: AdminPageProps) {
  const { language } = useTexts()
  const isDark = useDark(useStore(preferences.values).theme)
  const theme = useMemo(() => themeOf(isDark), [isDark])
  return (
    <ConfigProvider
      theme={theme}
      locale={language === 'en' ? enUS : zhCNLocale}
      button={{ autoInsertSpace: false }}
    >
      <AntApp className="admin">
        <ApiProvider session={session}>
          <Console route={route} session={session} directory={directory} />
        </ApiProvider>
      </AntApp>
    </ConfigProvider>
  )
}

/** Sections, and abilities of which one is needed for anything to be in them. */
const NEEDED: Readonly<Record<AdminSection, readonly string[]>> = {
  dashboard: [],
  people: [],
  access: ['access.explain', 'role.assign', 'role.write', 'rule.write', 'type.write', 'field.write'],
  integrations: ['integration.write', 'webhook.write'],
  transfer: ['staff.write', 'staff.read', 'department.write', 'department.read'],
  audit: ['audit.read'],
  trash: [],
}

function Console({ route, session, directory }: Omit<AdminPageProps, 'preferences'>): ReactNode {
  const { t } = useTexts()
  const [news] = useState(() => new News())
  useNews(session, directory, news)
  const { data, isAway } = useAsked(AdminDocument, {}, news)
  const catalogue = data?.admin
  const admin = useMemo(
    () => catalogue && { catalogue, news, abilities: new Abilities(catalogue.abilities) },
    [catalogue, news],
  )
  if (data === undefined) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  if (!admin)
    return (
      <div className="empty">
        <h1>{t('nothingToAdminister')}</h1>
        <p>{t('nothingToAdministerHint')}</p>
        <Link className="button" to={{ page: 'contacts', departmentId: null, staffId: null }}>
          {t('backToContacts')}
        </Link>
      </div>
    )
  const sections = ADMIN_SECTIONS.filter(
    (name) => NEEDED[name].length === 0 || NEEDED[name].some((ability) => admin.abilities.has(ability)),
  )
  return (
    <AdminContext value={admin}>
      <header className="admin-head">
        <h1>{t('console')}</h1>
        <nav aria-label={t('console')}>
          {sections.map((section) => (
            <Link
              key={section}
              to={{ page: 'admin', section, departmentId: null, staffId: null }}
              aria-current={section === route.section ? 'page' : undefined}
            >
              {t(`section_${section}`)}
            </Link>
          ))}
        </nav>
      </header>
      {isAway && (
        <p className="admin-away" role="status">
          {t('away')}
        </p>
      )}
      <Section route={route} session={session} isAllowed={sections.includes(route.section)} />
    </AdminContext>
  )
}

function Section({
  route,
  session,
  isAllowed,
}: Pick<AdminPageProps, 'route' | 'session'> & { readonly isAllowed: boolean }): ReactNode {
  const { t } = useTexts()
  if (!isAllowed) return <p className="empty">{t('sectionRefused')}</p>
  switch (route.section) {
    case 'dashboard':
      return <DashboardSection />
    case 'people':
      return <PeopleSection departmentId={route.departmentId} staffId={route.staffId} />
    case 'access':
      return <AccessSection part={route.part ?? null} entryId={route.entryId ?? null} />
    case 'integrations':
      return <IntegrationsSection />
    case 'transfer':
      return <TransferSection session={session} />
    case 'audit':
      return <AuditSection />
    case 'trash':
      return <TrashSection />
  }
}
