import { createTransport } from 'nodemailer'

export interface Mail {
  /** One address. */
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface MailerOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; STARTTLS is used where the server offers it. */
  readonly url: string
  /** The sender. */
  readonly from: string
}

const TIMEOUT_MS = 10_000

/** Hands mails to the company's own mail server. */
export class Mailer {
  readonly #transport
  readonly #from: string

  constructor({ url, from }: MailerOptions) {
    this.#from = from
    this.#transport = createTransport(url, {
      // What we send has no attachments: nothing in a mail may name a file or an address to be fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  /** Settles when the mail server has taken it; rejects when it has not within ten seconds. */
  async send({ to, subject, text }: Mail): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The mail server does not answer')), TIMEOUT_MS)
    })
    try {
      // As an object, so that nothing in an address is taken for a second one.
      const sent = this.#transport.sendMail({
        from: this.#from,
        to: { name: '', address: to },
        subject,
        text,
      })
      await Promise.race([sent, late])
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#transport.close()
  }
}
