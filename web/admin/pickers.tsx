import { Select, TreeSelect } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { useClient } from 'urql'
import { useStore } from '../app/store.ts'
import { AdminStaffListDocument } from '../generated/graphql.ts'
import { useAdmin } from './admin.ts'
import { TreeSource, type Tree } from './departments/tree-source.ts'
import { useTexts } from './i18n/texts.ts'
import type { Ref } from './staff/draft.ts'

interface PickerProps {
  readonly value: Ref | null
  readonly onChange: (value: Ref | null) => void
  readonly label: string
}

const TYPING_MS = 250

/** Somebody of the scope, found by what is typed. */
export function PersonPicker({ value, onChange, label }: PickerProps) {
  const { t } = useTexts()
  const client = useClient()
  const [typed, setTyped] = useState<string | null>(null)
  const [found, setFound] = useState<readonly (Ref & { login: string })[]>([])
  useEffect(() => {
    if (typed === null) return
    let isOver = false
    const timer = setTimeout(() => {
      void client
        .query(AdminStaffListDocument, { text: typed, first: 20, order: 'PINYIN' })
        .toPromise()
        .then(({ data }) => {
          if (!isOver) setFound(data?.admin?.staffList.edges.map(({ node }) => node) ?? [])
        })
    }, TYPING_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [client, typed])
  const options = [
    ...(value && !found.some(({ id }) => id === value.id) ? [{ value: value.id, label: value.name }] : []),
    ...found.map(({ id, name, login }) => ({ value: id, label: `${name} · ${login}` })),
  ]
  return (
    <Select
      aria-label={label}
      allowClear
      showSearch={{ filterOption: false, onSearch: setTyped }}
      placeholder={t('pickPerson')}
      value={value?.id ?? null}
      options={options}
      onOpenChange={(isOpen) => isOpen && setTyped((now) => now ?? '')}
      onChange={(id) => {
        const one = [...found, ...(value ? [value] : [])].find((ref) => ref.id === id)
        onChange(one ? { id: one.id, name: one.name } : null)
      }}
    />
  )
}

/** A department of the scope. */
export function DepartmentPicker({
  value,
  onChange,
  label,
  placeholder,
  isClearable = false,
}: PickerProps & { readonly placeholder?: string; readonly isClearable?: boolean }) {
  const { t } = useTexts()
  const client = useClient()
  const { news } = useAdmin()
  const source = useMemo(() => new TreeSource(client, news), [client, news])
  useEffect(() => void source.start(), [source])
  const tree = useStore(source.state)
  return (
    <TreeSelect
      aria-label={label}
      allowClear={isClearable}
      treeDataSimpleMode
      placeholder={placeholder ?? t('pickDepartment')}
      value={value?.id ?? null}
      treeData={nodesOf(tree, value)}
      treeExpandedKeys={[...tree.open]}
      onTreeExpand={(keys) => {
        const open = new Set(keys.map(String))
        for (const id of tree.open) if (!open.has(id)) source.close(id)
        for (const id of open) if (!tree.open.has(id)) void source.open(id)
      }}
      loadData={async ({ value: id }) => await source.open(String(id))}
      onChange={(id) => {
        const node = [...tree.children.values()].flat().find((one) => one.id === id)
        onChange(node ? { id: node.id, name: node.name } : null)
      }}
    />
  )
}

function nodesOf({ children }: Tree, value: Ref | null) {
  const nodes = [...children].flatMap(([parentId, list]) =>
    list.map(({ id, name, children: { totalCount } }) => ({
      id,
      pId: parentId ?? 0,
      value: id,
      title: name,
      isLeaf: totalCount === 0,
    })),
  )
  // What is chosen has its name before its place in the tree is known.
  if (value && !nodes.some(({ id }) => id === value.id))
    nodes.push({ id: value.id, pId: 0, value: value.id, title: value.name, isLeaf: true })
  return nodes
}
