import type { Language } from '../../i18n/language.ts'

/** What abilities are called: `*` for all, then those that the API's `abilityNames` names, in its order. */
export const ABILITY_TEXTS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  '*': { 'zh-CN': '全部管理权限', en: 'All abilities' },
  'staff.read': { 'zh-CN': '查看成员', en: 'See people' },
  'staff.write': { 'zh-CN': '管理成员', en: 'Edit people' },
  'staff.account': { 'zh-CN': '邀请成员、退出其设备', en: 'Invite people, sign them out' },
  'department.read': { 'zh-CN': '查看部门', en: 'See departments' },
  'department.write': { 'zh-CN': '管理部门', en: 'Edit departments' },
  'role.assign': { 'zh-CN': '分配角色', en: 'Give roles' },
  'role.write': { 'zh-CN': '管理角色', en: 'Edit roles' },
  'rule.write': { 'zh-CN': '管理规则', en: 'Edit rules' },
  'type.write': { 'zh-CN': '管理类型', en: 'Edit types' },
  'field.write': { 'zh-CN': '管理字段', en: 'Edit fields' },
  'access.explain': { 'zh-CN': '检查谁能看到谁', en: 'Check who sees whom' },
  'audit.read': { 'zh-CN': '查看操作日志', en: 'Read the audit log' },
  'server.read': { 'zh-CN': '查看服务器状态', en: 'See how the server is' },
  'webhook.write': { 'zh-CN': '管理 Webhook', en: 'Edit webhooks' },
  'integration.write': { 'zh-CN': '管理应用和令牌', en: 'Edit applications and their tokens' },
}

/** What an ability is called; one that is not of today is shown as the role has it. */
export function abilityName(language: Language, name: string): string {
  return (Object.hasOwn(ABILITY_TEXTS, name) && ABILITY_TEXTS[name]?.[language]) || name
}
