import { Button, Select } from 'antd'
import type { AbilityScope } from '../../../generated/graphql.ts'
import { Icon } from '../../../ui/icon.tsx'
import { useAdmin } from '../../admin.ts'
import { ABILITY_TEXTS, abilityName } from '../../i18n/abilities.ts'
import { useTexts } from '../../i18n/texts.ts'
import { issueText } from '../../issues.ts'
import { DepartmentPicker } from '../../pickers.tsx'
import { abilityFieldLabel, abilityFields, abilityText } from './ability-text.ts'
import { ALL, BY_FIELDS, nextAbility, withBranch, withPart, type AbilityDraft } from './role-draft.ts'

const SCOPES: readonly AbilityScope[] = ['ORGANISATION', 'SUBTREE', 'OWN_SUBTREE']

/** What a role lets its holders do: what, where, for which fields. Whoever holds it is a delegated administrator. */
export function AbilityLines({
  abilities,
  problemAt,
  isDisabled,
  onChange,
}: {
  readonly abilities: readonly AbilityDraft[]
  readonly problemAt: (path: string) => string | null
  readonly isDisabled: boolean
  readonly onChange: (abilities: readonly AbilityDraft[]) => void
}) {
  const { t } = useTexts()
  const { abilities: own } = useAdmin()
  const names = Object.keys(ABILITY_TEXTS).filter((name) => own.has(name))
  const problem = problemAt('abilities')
  const isBesideNone = !abilities.some((_, i) => problemAt(`abilities.${i}`) !== null)
  return (
    <div className="abilities">
      <p className="hint">{t('abilitiesHint')}</p>
      {problem !== null && isBesideNone && (
        <p className="problem" role="alert">
          {issueText(t, problem)}
        </p>
      )}
      {abilities.length === 0 && <p className="hint">{t('noAbilities')}</p>}
      <ol>
        {abilities.map((ability, i) => (
          <li key={i}>
            <AbilityLine
              ability={ability}
              number={i + 1}
              names={names}
              problem={problemAt(`abilities.${i}`)}
              isDisabled={isDisabled || !ability.isWithinOwn}
              onChange={(some) =>
                onChange(abilities.map((one, at) => (at === i ? withPart(one, some) : one)))
              }
              onRemove={() => onChange(abilities.filter((_, at) => at !== i))}
            />
            {!isDisabled && !ability.isWithinOwn && <p className="hint">{t('abilityBeyondOwn')}</p>}
          </li>
        ))}
      </ol>
      {!isDisabled && (
        <div className="abilities-foot">
          <Button
            icon={<Icon name="plus" size={16} />}
            onClick={() => onChange([...abilities, nextAbility(abilities, names)])}
          >
            {t('addAbility')}
          </Button>
          <DepartmentPicker
            label={t('addBranch')}
            placeholder={t('addBranch')}
            value={null}
            onChange={(department) => department && onChange(withBranch(abilities, department))}
          />
        </div>
      )}
    </div>
  )
}

function AbilityLine({
  ability,
  number,
  names,
  problem,
  isDisabled,
  onChange,
  onRemove,
}: {
  readonly ability: AbilityDraft
  readonly number: number
  readonly names: readonly string[]
  readonly problem: string | null
  readonly isDisabled: boolean
  readonly onChange: (some: Partial<AbilityDraft>) => void
  readonly onRemove: () => void
}) {
  const { t, language } = useTexts()
  const { catalogue } = useAdmin()
  const { name, scope, department, fields } = ability
  const label = (what: 'abilityWhat' | 'abilityWhere' | 'abilityPlace' | 'abilityFields') =>
    `${t(what)} ${number}`
  if (isDisabled) return <p>{abilityText({ t, language, catalogue }, ability)}</p>
  return (
    <fieldset className="ability">
      <legend>{abilityName(language, name)}</legend>
      <Select
        aria-label={label('abilityWhat')}
        value={name}
        options={[...new Set([...names, name])].map((value) => ({
          value,
          label: abilityName(language, value),
        }))}
        onChange={(value) => onChange({ name: value })}
      />
      <Select
        aria-label={label('abilityWhere')}
        value={scope}
        options={SCOPES.map((value) => ({ value, label: t(`scope_${value}`) }))}
        onChange={(value) => onChange({ scope: value })}
      />
      <Button type="text" aria-label={t('removeAbility', { number })} onClick={onRemove}>
        <Icon name="close" size={16} />
      </Button>
      {scope === 'SUBTREE' && (
        <DepartmentPicker
          label={label('abilityPlace')}
          value={department && { ...department, name: department.name || t('departmentOutside') }}
          onChange={(place) => onChange({ department: place })}
        />
      )}
      {BY_FIELDS.includes(name) && (
        <Select
          mode="multiple"
          aria-label={label('abilityFields')}
          value={[...fields]}
          options={[ALL, ...abilityFields(catalogue, name)].map((value) => ({
            value,
            label: abilityFieldLabel(t, catalogue, name, value),
          }))}
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('abilityFields')}
          onChange={(keys) => onChange({ fields: keys })}
        />
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          {issueText(t, problem)}
        </p>
      )}
    </fieldset>
  )
}
