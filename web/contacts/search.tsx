import { useEffect } from 'react'
import type { DirectoryView } from '../app/directory.ts'
import { useRouter } from '../app/link.tsx'
import { useStore } from '../app/store.ts'
import { personRoute } from './person-route.ts'
import { SearchPanel } from './search-panel.tsx'

export interface SearchProps {
  readonly view: DirectoryView
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
}

/** Search by Ctrl K or Cmd K on every page. Whoever is found from the chart is shown there. */
export function Search({ view, isOpen, onOpen }: SearchProps) {
  const router = useRouter()
  const route = useStore(router.route)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      onOpen(true)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [onOpen])
  if (!isOpen) return null
  return (
    <SearchPanel
      view={view}
      onPerson={(id) => {
        router.go(personRoute(route, view.queries, id))
        focusSoon('.person-column')
      }}
      onDepartment={(id) => {
        router.go({ page: 'contacts', departmentId: id, staffId: null })
        focusSoon('.people-column')
      }}
      onClose={() => onOpen(false)}
    />
  )
}

/** Where what was chosen is shown: from there on the keyboard goes on. */
function focusSoon(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus())
}
