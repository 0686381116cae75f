import { failJobSchema, LEASE_SECONDS, leaseIdSchema, registerWorkerSchema } from "@/lib/protocol";
import { EtalonError, notFound } from "../errors";
import { checkpointBytes, getCheckpoint, putCheckpoint } from "../services/checkpoint";
import { failJob, finishJob, heartbeatJob, leaseJob, releaseJob, retryJob } from "../services/job";
import { registerWorker, stopWorker } from "../services/worker";
import { endpoint } from "./endpoint";

export const register = endpoint({
  access: "work",
  body: registerWorkerSchema,
  handle: ({ ctx, body }) => registerWorker(ctx, body),
});

export const goodbye = endpoint({
  access: "work",
  handle: ({ ctx, params }) => stopWorker(ctx, { workerId: params.id! }),
});

export const lease = endpoint({
  access: "work",
  handle: async ({ ctx, params }) => {
    const job = await leaseJob(ctx, { workerId: params.id! });
    const hasCheckpoint = job !== null && (await checkpointBytes(ctx, job.id)) !== null;
    return { job: job && { ...job, hasCheckpoint }, leaseSeconds: LEASE_SECONDS };
  },
});

export const heartbeat = endpoint({
  access: "work",
  body: leaseIdSchema,
  handle: ({ ctx, params, body }) => heartbeatJob(ctx, { jobId: params.id!, ...body }),
});

export const release = endpoint({
  access: "work",
  body: leaseIdSchema,
  handle: ({ ctx, params, body }) => releaseJob(ctx, { jobId: params.id!, ...body }),
});

export const finishWork = endpoint({
  access: "work",
  body: leaseIdSchema,
  handle: ({ ctx, params, body }) => finishJob(ctx, { jobId: params.id!, ...body }),
});

export const retry = endpoint({
  access: "write",
  handle: ({ ctx, params }) => retryJob(ctx, { id: params.id! }),
});

export const fail = endpoint({
  access: "work",
  body: failJobSchema,
  handle: ({ ctx, params, body }) => failJob(ctx, { jobId: params.id!, ...body }),
});

export const saveCheckpoint = endpoint({
  access: "work",
  handle: ({ ctx, params, request }) => {
    const leaseId = new URL(request.url).searchParams.get("lease");
    if (!leaseId)
      throw new EtalonError("invalid", "say which lease: ?lease=...", [{ field: "lease", message: "missing" }]);
    return putCheckpoint(ctx, { jobId: params.id!, leaseId, body: request.body as AsyncIterable<Uint8Array> | null });
  },
});

export const loadCheckpoint = endpoint({
  access: "work",
  handle: async ({ ctx, params }) => {
    const found = await getCheckpoint(ctx, { jobId: params.id! });
    if (!found) throw notFound("checkpoint of job", params.id!);
    return new Response(found.stream, {
      headers: { "content-type": "application/octet-stream", "content-length": String(found.bytes) },
    });
  },
});
