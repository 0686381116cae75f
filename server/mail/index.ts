import { createTransport, type Transporter } from "nodemailer";

interface Mail {
  to: string;
  subject: string;
  /** Plain text: what a letter says is read in every program, and holds nothing that loads. */
  text: string;
}

const WAIT_MS = 10_000;
const shared = globalThis as unknown as { etalonMail?: { url: string; transport: Transporter } };

/** Whether this server can send mail: SMTP_URL is set. */
export function sendsMail(): boolean {
  return Boolean(process.env.SMTP_URL);
}

/** Errors: what the mail server answered, in one line. */
export async function sendMail(mail: Mail): Promise<void> {
  const url = process.env.SMTP_URL;
  if (!url) throw new Error("SMTP_URL is not set");
  await transportOf(url).sendMail({ from: process.env.MAIL_FROM, ...mail });
}

/** Errors: why the mail server does not take mail from us. */
export async function checkMail(url: string): Promise<void> {
  await transportOf(url).verify();
}

function transportOf(url: string): Transporter {
  if (shared.etalonMail?.url !== url) {
    const waits = { connectionTimeout: WAIT_MS, greetingTimeout: WAIT_MS, socketTimeout: WAIT_MS };
    shared.etalonMail = { url, transport: createTransport({ url, ...waits }) };
  }
  return shared.etalonMail.transport;
}
