import type { Action } from '../../../src/audit/actions.ts'
import type { Language } from '../../i18n/i18n.tsx'

/** What actions of the audit log are called, whatever became of them. */
const ACTION_TEXTS: Readonly<Record<Action, Readonly<Record<Language, string>>>> = {
  'access.viewAs': { 'zh-CN': '以他人身份查看', en: 'Looking as somebody else' },
  'account.acceptInvitation': { 'zh-CN': '接受邀请', en: 'Accepting an invitation' },
  'account.changePassword': { 'zh-CN': '修改密码', en: 'Changing the password' },
  'account.endSessions': { 'zh-CN': '退出设备', en: 'Signing devices out' },
  'account.invite': { 'zh-CN': '生成邀请链接', en: 'Inviting a person' },
  'admin.command': { 'zh-CN': '运维命令：设置管理员', en: "Operator's command" },
  'audit.export': { 'zh-CN': '导出操作日志', en: 'Exporting the audit log' },
  'copy.purge': { 'zh-CN': '设备清除已撤销的数据', en: 'Purging a device' },
  'department.create': { 'zh-CN': '新建部门', en: 'Adding a department' },
  'department.delete': { 'zh-CN': '删除部门', en: 'Deleting a department' },
  'department.leaders': { 'zh-CN': '设置部门负责人', en: 'Setting heads' },
  'department.merge': { 'zh-CN': '合并部门', en: 'Merging departments' },
  'department.move': { 'zh-CN': '移动部门', en: 'Moving a department' },
  'department.restore': { 'zh-CN': '恢复部门', en: 'Restoring a department' },
  'department.takeBack': { 'zh-CN': '撤销导入：部门', en: 'Undoing an import: department' },
  'department.update': { 'zh-CN': '修改部门', en: 'Editing a department' },
  'departmentType.delete': { 'zh-CN': '删除部门类型', en: 'Deleting a type of departments' },
  'directory.export': { 'zh-CN': '导出通讯录', en: 'Exporting the directory' },
  'field.create': { 'zh-CN': '新建字段', en: 'Adding a field' },
  'field.update': { 'zh-CN': '修改字段', en: 'Editing a field' },
  'fieldDefinition.delete': { 'zh-CN': '删除字段', en: 'Deleting a field' },
  'import.cancel': { 'zh-CN': '停止导入', en: 'Stopping an import' },
  'import.rehearse': { 'zh-CN': '试运行导入', en: 'Dry run of an import' },
  'import.run': { 'zh-CN': '导入', en: 'Import' },
  'import.start': { 'zh-CN': '开始导入', en: 'Starting an import' },
  'import.startUndo': { 'zh-CN': '开始撤销导入', en: 'Starting to undo an import' },
  'import.undo': { 'zh-CN': '撤销导入', en: 'Undoing an import' },
  'ldap.add': { 'zh-CN': 'LDAP 工具：新增条目', en: 'LDAP tool: entry added' },
  'ldap.delete': { 'zh-CN': 'LDAP 工具：删除条目', en: 'LDAP tool: entry deleted' },
  'ldap.modify': { 'zh-CN': 'LDAP 工具：修改条目', en: 'LDAP tool: entry modified' },
  'ldap.modrdn': { 'zh-CN': 'LDAP 工具：重命名或移动条目', en: 'LDAP tool: entry renamed or moved' },
  'profile.update': { 'zh-CN': '修改个人资料', en: 'Editing the own profile' },
  'role.create': { 'zh-CN': '新建角色', en: 'Adding a role' },
  'role.delete': { 'zh-CN': '删除角色', en: 'Deleting a role' },
  'role.update': { 'zh-CN': '修改角色', en: 'Editing a role' },
  'rule.create': { 'zh-CN': '新建规则', en: 'Adding a rule' },
  'rule.delete': { 'zh-CN': '删除规则', en: 'Deleting a rule' },
  'rule.update': { 'zh-CN': '修改规则', en: 'Editing a rule' },
  'session.reuse': { 'zh-CN': '登录凭证被重复使用', en: 'Token used twice' },
  'session.start': { 'zh-CN': '登录', en: 'Signing in' },
  'staff.create': { 'zh-CN': '添加成员', en: 'Adding a person' },
  'staff.delete': { 'zh-CN': '删除成员', en: 'Deleting a person' },
  'staff.leave': { 'zh-CN': '到期离职停用', en: 'Disabling on the leave date' },
  'staff.restore': { 'zh-CN': '恢复成员', en: 'Restoring a person' },
  'staff.roles': { 'zh-CN': '设置角色', en: 'Setting roles' },
  'staff.setPhoto': { 'zh-CN': '设置照片', en: 'Setting a photo' },
  'staff.takeBack': { 'zh-CN': '撤销导入：成员', en: 'Undoing an import: person' },
  'staff.update': { 'zh-CN': '修改成员', en: 'Editing a person' },
  'staffType.delete': { 'zh-CN': '删除成员类型', en: 'Deleting a type of staff' },
  'type.create': { 'zh-CN': '新建类型', en: 'Adding a type' },
  'type.update': { 'zh-CN': '修改类型', en: 'Editing a type' },
  'webhook.create': { 'zh-CN': '新建 Webhook', en: 'Adding a webhook' },
  'webhook.delete': { 'zh-CN': '删除 Webhook', en: 'Deleting a webhook' },
  'webhook.pause': { 'zh-CN': '暂停 Webhook', en: 'Pausing a webhook' },
  'webhook.redeliver': { 'zh-CN': '重新投递 Webhook', en: 'Redelivering to a webhook' },
  'webhook.resume': { 'zh-CN': '恢复 Webhook', en: 'Resuming a webhook' },
  'webhook.rotateSecret': { 'zh-CN': '更换 Webhook 密钥', en: 'New secret of a webhook' },
  'webhook.test': { 'zh-CN': '测试 Webhook', en: 'Testing a webhook' },
  'webhook.update': { 'zh-CN': '修改 Webhook', en: 'Editing a webhook' },
}

/** What an action is called; one that is not of today is shown as the log has it. */
export function actionText(language: Language, action: string): string {
  return isKnown(action) ? ACTION_TEXTS[action][language] : action
}

function isKnown(action: string): action is Action {
  return Object.hasOwn(ACTION_TEXTS, action)
}
