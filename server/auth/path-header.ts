/** The path that was asked for, noted by the server in front of Next for pages that send on to signing in. */
export const PATH_HEADER = "x-etalon-path";
/** Where the request came from, noted by the same. */
export const ADDRESS_HEADER = "x-etalon-address";
