import "server-only";
import { cache } from "react";
import { appRouter } from "./root";
import { createCallerFactory, createRequestContext } from "./trpc";

const createCaller = createCallerFactory(appRouter);

/** Procedures for server components, with the request's session; one context a request. */
export const api = createCaller(cache(createRequestContext));
