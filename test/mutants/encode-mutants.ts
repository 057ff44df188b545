import type { Mutant } from './mutants.ts'

/** Faults of compiled answers; the comparison with the executor must show each. */
export const ENCODE_MUTANTS: readonly Mutant[] = [
  {
    breaks: 'fields of one response key are not merged',
    file: 'src/encode/collect.ts',
    find: 'if (nodes) nodes.push(selection)',
    replace: 'if (nodes) nodes.length = 1',
  },
  {
    breaks: 'a fragment on another type applies',
    file: 'src/encode/collect.ts',
    find: 'return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))',
    replace: 'return true',
  },
  {
    breaks: 'a fragment on an interface or a union does not apply',
    file: 'src/encode/collect.ts',
    find: ' || (isAbstractType(condition) && schema.isSubType(condition, type))',
    replace: '',
  },
  {
    breaks: '@skip is not looked at',
    file: 'src/encode/collect.ts',
    find: "skip?.['if'] !== true && ",
    replace: '',
  },
  {
    breaks: '@include is not looked at',
    file: 'src/encode/collect.ts',
    find: " && include?.['if'] !== false",
    replace: '',
  },
  {
    breaks: 'aliases are not looked at',
    file: 'src/encode/collect.ts',
    find: 'field.alias?.value ?? field.name.value',
    replace: 'field.name.value',
  },
  {
    breaks: 'nothing is escaped',
    file: 'src/encode/json.ts',
    find: 'SPECIAL.test(text) ? JSON.stringify(text) : ',
    replace: '',
  },
  {
    breaks: 'elements have no comma between them',
    file: 'src/encode/encoder.ts',
    find: 'isFirst ? bytes.subarray(1) : bytes',
    replace: 'bytes.subarray(1)',
  },
  {
    breaks: '__typename names the type that was asked for',
    file: 'src/encode/write.ts',
    find: '${lead}${quote(type.name)}',
    replace: '${lead}${quote(c.info.fieldName)}',
  },
  {
    breaks: 'a null list is an empty one',
    file: 'src/encode/root.ts',
    find: 'const isNullable = !isNonNullType(type)',
    replace: 'const isNullable = false',
  },
]
