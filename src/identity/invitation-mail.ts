import type { Mail } from '../mail/mailer.ts'
import type { Invitation } from './invitations.ts'

/** The token stands behind the `#`: browsers send that part to no server, so that it gets into no log. */
export function invitationMail(
  person: { readonly name: string; readonly login: string; readonly email: string },
  { token, expiresAt }: Invitation,
  publicUrl: string,
): Mail {
  const link = `${publicUrl}/invitation#${token}`
  const until = `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return {
    to: person.email,
    subject: '设置您的密码 / Choose your password',
    text: [
      `${person.name}，您好：`,
      `请在 ${until} 之前打开下面的链接，为账号 ${person.login} 设置密码。链接只能使用一次，请勿转发。`,
      '',
      link,
      '',
      `Hello ${person.name},`,
      `open the link above before ${until} to choose a password for the account ${person.login}. It works once; do not pass it on.`,
      '',
    ].join('\n'),
  }
}
