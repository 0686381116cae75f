import { contextOfKey } from "../../auth/key";
import { authorise, type Context, type Need } from "../../context";
import { EtalonError } from "../../errors";

/** The context of the API key in an `authorization` header, if the key may do `access`. */
export async function keyContext(authorization: string | undefined, access: Need): Promise<Context> {
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!key)
    throw new EtalonError(
      "unauthorized",
      "send an API key: `Authorization: Bearer etl_...`; `npx etalon key create` makes one",
    );
  const ctx = await contextOfKey(key);
  authorise(ctx, access);
  return ctx;
}
