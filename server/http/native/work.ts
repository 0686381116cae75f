import { failJobSchema, LEASE_SECONDS, leaseIdSchema, registerWorkerSchema } from "@/lib/protocol";
import { EtalonError, notFound } from "../../errors";
import { checkpointBytes, getCheckpoint, putCheckpoint } from "../../services/checkpoint";
import { failJob, finishJob, heartbeatJob, leaseJob, releaseJob, retryJob } from "../../services/job";
import { registerWorker, stopWorker } from "../../services/worker";
import { Answer } from "../door/answer";
import { call } from "../door/call";

export const register = call("POST", "/api/v1/workers", {
  access: "work",
  summary: "Enter a worker",
  body: registerWorkerSchema,
  answer: "{workerId}",
  handle: ({ ctx, body }) => registerWorker(ctx, body),
});

export const lease = call("POST", "/api/v1/workers/{id}/lease", {
  access: "work",
  summary: "Take the next job",
  answer: "{job, leaseSeconds}",
  handle: async ({ ctx, params }) => {
    const job = await leaseJob(ctx, { workerId: params.id });
    const hasCheckpoint = job !== null && (await checkpointBytes(ctx, job.id)) !== null;
    return { job: job && { ...job, hasCheckpoint }, leaseSeconds: LEASE_SECONDS };
  },
});

export const goodbye = call("POST", "/api/v1/workers/{id}/stop", {
  access: "work",
  summary: "Sign a worker off",
  answer: "nothing",
  handle: ({ ctx, params }) => stopWorker(ctx, { workerId: params.id }),
});

export const heartbeat = call("POST", "/api/v1/jobs/{id}/heartbeat", {
  access: "work",
  summary: "Keep a lease",
  body: leaseIdSchema,
  answer: "{stop, reason}",
  handle: ({ ctx, params, body }) => heartbeatJob(ctx, { jobId: params.id, ...body }),
});

export const release = call("POST", "/api/v1/jobs/{id}/release", {
  access: "work",
  summary: "Give a job back",
  body: leaseIdSchema,
  answer: "nothing",
  handle: ({ ctx, params, body }) => releaseJob(ctx, { jobId: params.id, ...body }),
});

export const finishWork = call("POST", "/api/v1/jobs/{id}/finish", {
  access: "work",
  summary: "End a job",
  body: leaseIdSchema,
  answer: "nothing",
  handle: ({ ctx, params, body }) => finishJob(ctx, { jobId: params.id, ...body }),
});

export const fail = call("POST", "/api/v1/jobs/{id}/fail", {
  access: "work",
  summary: "Report a failed attempt",
  body: failJobSchema,
  answer: "nothing",
  handle: ({ ctx, params, body }) => failJob(ctx, { jobId: params.id, ...body }),
});

export const retry = call("POST", "/api/v1/jobs/{id}/retry", {
  access: "write",
  summary: "Queue a failed or canceled job again: its runs without a result, with all attempts before them",
  answer: "{id, runs}: how many runs were queued",
  handle: ({ ctx, params }) => retryJob(ctx, params),
});

export const saveCheckpoint = call("PUT", "/api/v1/jobs/{id}/checkpoint", {
  access: "work",
  summary: "Replace the job's checkpoint",
  query: { lease: "id of the lease" },
  raw: "stream",
  otherBodies: { "application/octet-stream": "the checkpoint" },
  answer: "{bytes}",
  handle: ({ ctx, params, query, body }) => {
    const leaseId = query.get("lease");
    if (!leaseId)
      throw new EtalonError("invalid", "say which lease: ?lease=...", [{ field: "lease", message: "missing" }]);
    return putCheckpoint(ctx, { jobId: params.id, leaseId, body });
  },
});

export const loadCheckpoint = call("GET", "/api/v1/jobs/{id}/checkpoint", {
  access: "work",
  summary: "The job's checkpoint",
  answer: "the checkpoint",
  answerType: "application/octet-stream",
  handle: async ({ ctx, params }) => {
    const found = await getCheckpoint(ctx, { jobId: params.id });
    if (!found) throw notFound("checkpoint of job", params.id);
    const headers = { "content-type": "application/octet-stream", "content-length": String(found.bytes) };
    return new Answer(found.parts, headers);
  },
});
