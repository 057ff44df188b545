import type { Catalogue } from '../../admin.ts'
import { fieldLabel } from '../../field-label.ts'
import { abilityName } from '../../i18n/abilities.ts'
import type { Language } from '../../../i18n/language.ts'
import type { T } from '../../i18n/texts.ts'
import { ALL, BY_FIELDS, type AbilityDraft } from './role-draft.ts'

type Fields = Pick<Catalogue, 'fields'>

interface Words {
  readonly t: T
  readonly language: Language
  readonly catalogue: Fields
}

/** An ability in one line: what, where. */
export function abilityText(words: Words, ability: AbilityDraft): string {
  return `${whatText(words, ability)} · ${placeText(words.t, ability)}`
}

/** All that a role lets its holders do, a line for each place: an ability for some fields alone says for which. */
export function abilitiesByPlace(words: Words, abilities: readonly AbilityDraft[]): string[] {
  const places = new Map<string, string[]>()
  for (const ability of abilities) {
    const place = placeText(words.t, ability)
    places.set(place, [...(places.get(place) ?? []), whatText(words, ability)])
  }
  return [...places].map(([place, list]) => `${place}${words.t('colon')}${list.join(words.t('comma'))}`)
}

/** What, and for which fields if not for all. */
function whatText({ t, language, catalogue }: Words, { name, fields }: AbilityDraft): string {
  const said = abilityName(language, name)
  if (!BY_FIELDS.includes(name) || fields.includes(ALL)) return said
  const labels = fields.map((key) => abilityFieldLabel(t, catalogue, name, key))
  return `${said} (${labels.join(t('comma'))})`
}

export function placeText(t: T, { scope, department }: AbilityDraft): string {
  if (scope !== 'SUBTREE') return t(`scope_${scope}`)
  return t('scopeOf', { name: department?.name || t('departmentOutside') })
}

/** Keys of fields that abilities for people and for departments can name besides those of the catalogue. */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  staff: [
    'name',
    'login',
    'type',
    'nickname',
    'pinyin',
    'initials',
    'title',
    'mobile',
    'email',
    'memberships',
    'manager',
    'dottedManagers',
    'leaveDate',
    'photo',
  ],
  department: ['name', 'description', 'type', 'leaders'],
}

export function abilityFields({ fields }: Fields, name: string): string[] {
  const kind = kindOf(name)
  const custom = fields.filter(({ appliesTo }) => appliesTo === (kind === 'staff' ? 'STAFF' : 'DEPARTMENT'))
  return [...new Set([...(BUILT_IN[kind] ?? []), ...custom.map(({ key }) => key)])]
}

export function abilityFieldLabel(t: T, catalogue: Fields, name: string, key: string): string {
  if (key === ALL) return t('allFields')
  if (kindOf(name) === 'department') {
    if (key === 'name') return t('entryName')
    if (key === 'type') return t('kind')
  }
  return key === 'description' ? t('description') : fieldLabel(t, catalogue, key)
}

function kindOf(name: string): string {
  return name.split('.')[0] ?? name
}
