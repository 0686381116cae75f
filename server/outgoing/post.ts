import { lookup as systemLookup } from "node:dns/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./address";

interface Address {
  address: string;
  family: number;
}

interface Means {
  /** All addresses of a name. */
  resolve?: (host: string) => Promise<Address[]>;
  waitMs?: number;
}

const WAIT_MS = 10_000;
/** So much of an answer is read, to say why it is no success. */
const ANSWER_BYTES = 2_048;

/**
 * Posts a text to an address that somebody else has given. Without ETALON_WEBHOOKS_TO_PRIVATE=1 it goes to the public
 * internet alone: every address of the name is looked at, and the connection goes to one that was. Redirects are not
 * followed. Errors: in one line, why it was not taken.
 */
export async function post(
  url: string,
  { body, headers }: { body: string; headers: Record<string, string> },
  { resolve = resolveAll, waitMs = WAIT_MS }: Means = {},
): Promise<void> {
  const signal = AbortSignal.timeout(waitMs);
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(new Error(`no answer within ${waitMs / 1_000} s`)), { once: true }),
  );
  const work = send(new URL(url), { body, headers, resolve, signal });
  work.catch(() => {});
  const { status, text } = await Promise.race([work, late]);
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400)
    throw new Error(`answered with ${status}: redirects are not followed, so give the address that it leads to`);
  throw new Error(`answered with ${status}${text ? `: ${text}` : ""}`);
}

interface Sent {
  body: string;
  headers: Record<string, string>;
  resolve: NonNullable<Means["resolve"]>;
  signal: AbortSignal;
}

async function send(url: URL, { body, headers, resolve, signal }: Sent): Promise<{ status: number; text: string }> {
  const addresses = await checkedAddresses(url, resolve);
  const request = url.protocol === "https:" ? tlsRequest : plainRequest;
  // The name is not asked for a second time: it could have another answer by then.
  const lookup: LookupFunction = (_host, options, done) => {
    if (options.all) done(null, addresses);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  };
  return new Promise((done, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent: false,
        lookup,
        signal,
        headers: { ...headers, "content-length": Buffer.byteLength(body), "user-agent": "Etalon" },
      },
      (answer) => {
        // What a success says is of no interest; the rest of any answer is not waited for.
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          answer.destroy();
          done({ status, text: "" });
        } else beginningOf(answer).then((text) => done({ status, text }), reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function checkedAddresses(url: URL, resolve: Sent["resolve"]): Promise<Address[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const addresses = family ? [{ address: host, family }] : await resolve(host);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  if (process.env.ETALON_WEBHOOKS_TO_PRIVATE === "1") return addresses;
  if (addresses.every(({ address }) => isPublicAddress(address))) return addresses;
  // Which address it is would tell of a network that who asks may not see.
  const is = family ? "is" : "leads to";
  throw new Error(
    `${host} ${is} no address of the public internet; whoever runs the server may allow that by ETALON_WEBHOOKS_TO_PRIVATE=1`,
  );
}

async function resolveAll(host: string): Promise<Address[]> {
  try {
    return await systemLookup(host, { all: true, verbatim: true });
  } catch (e) {
    throw new Error(`${host} was not found (${(e as NodeJS.ErrnoException).code ?? (e as Error).message})`);
  }
}

/** The first line of what is answered, within bounds. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= ANSWER_BYTES) break; // which ends the connection
  }
  const [line = ""] = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString("utf8").trim().split("\n");
  return line.slice(0, 200).replaceAll(/\p{Cc}/gu, " ");
}
