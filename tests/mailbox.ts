import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

interface Letter {
  to: string[];
  subject: string;
  text: string;
}

/** A real SMTP server that keeps what it is sent. */
export async function mailbox() {
  const letters: Letter[] = [];
  let refusing: string | null = null;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo: (_address, _session, done) => done(refusing === null ? null : new Error(refusing)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks).toString("utf8");
        const [head = "", ...body] = raw.split("\r\n\r\n");
        letters.push({
          to: session.envelope.rcptTo.map((r) => r.address),
          subject: /^Subject: (.*)$/m.exec(head)?.[1]?.trim() ?? "",
          text: unquoted(body.join("\r\n\r\n")),
        });
        done();
      });
    },
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.server.address() as AddressInfo;
  return {
    letters,
    env: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: "Etalon <etalon@example.org>" },
    refuse: (reason: string | null) => {
      refusing = reason;
    },
    /** The newest letter to an address, once it is there. */
    async next(to: string): Promise<Letter> {
      for (let i = 0; i < 200; i++) {
        const at = letters.findLastIndex((l) => l.to.includes(to));
        if (at >= 0) return letters.splice(at, 1)[0]!;
        await new Promise((done) => setTimeout(done, 25));
      }
      throw new Error(`no letter to ${to} within five seconds`);
    },
    close: () => new Promise<void>((closed) => server.close(closed)),
  };
}

/** The address of a link within a letter. */
export function linkIn({ text }: Letter): URL {
  return new URL(/https?:\/\/\S+/.exec(text)![0]);
}

/** Quoted-printable, as plain. */
function unquoted(text: string): string {
  const bytes = text
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
