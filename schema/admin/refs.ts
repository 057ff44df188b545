import type {
  AdminDepartment as DepartmentRow,
  AdminStaff as StaffRow,
} from '../../src/access/administration.ts'
import type { DepartmentType, FieldDefinition, Role, Rule, StaffType } from '../../src/model/entry.ts'
import { builder } from '../builder.ts'

/** The types of the administration (V10) that point at each other; each is described in its own file. */
export const AdminDepartment = builder.objectRef<DepartmentRow>('AdminDepartment')
export const AdminStaff = builder.objectRef<StaffRow>('AdminStaff')
export const AdminRole = builder.objectRef<Role>('AdminRole')
export const AdminRule = builder.objectRef<Rule>('AdminRule')
export const AdminType = builder.objectRef<DepartmentType | StaffType>('AdminType')
export const AdminField = builder.objectRef<FieldDefinition>('AdminField')
