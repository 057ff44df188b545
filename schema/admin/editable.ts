import { builder } from '../builder.ts'
import { AdminDepartment, AdminField, AdminRole, AdminRule, AdminStaff, AdminType } from './refs.ts'

export const Editable = builder.unionType('Editable', {
  description: 'Something that can be edited.',
  types: [AdminDepartment, AdminStaff, AdminType, AdminField, AdminRule, AdminRole],
  resolveType: ({ kind }) => {
    switch (kind) {
      case 'department':
        return 'AdminDepartment'
      case 'staff':
        return 'AdminStaff'
      case 'departmentType':
      case 'staffType':
        return 'AdminType'
      case 'fieldDefinition':
        return 'AdminField'
      case 'rule':
        return 'AdminRule'
      case 'role':
        return 'AdminRole'
    }
  },
})
