import type { IncomingHttpHeaders } from "node:http";
import { contextOfKey } from "../../auth/key";
import { authorise, type Context, type Need } from "../../context";
import { EtalonError } from "../../errors";

interface Caller {
  headers: IncomingHttpHeaders;
  from: string | null;
}

/** The context of the API key in an `authorization` header, if the key may do `access`. */
export async function keyContext({ headers, from }: Caller, access: Need): Promise<Context> {
  const key = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (!key)
    throw new EtalonError(
      "unauthorized",
      "send an API key: `Authorization: Bearer etl_...`; `npx etalon key create` makes one",
    );
  const ctx = await contextOfKey(key, from);
  authorise(ctx, access);
  return ctx;
}
