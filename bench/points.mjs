// Clients that log through kills, and the count of what they logged: shared by bench:kill and bench:chaos.
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { binaryBody, post } from "./product.mjs";

const METRICS = 4;
const RETRY_MS = 100;

/**
 * Logs for the clients of a benchmark; `server()` is the one of the moment, `taken()` is told of each acknowledged
 * batch.
 */
export class Logging {
  acknowledged = 0;
  #agent = new Agent({ keepAlive: true });
  #stopping = false;
  #abandoned = false;
  #batches = [];

  constructor({ server, steps, pauseMs = 0, taken = () => {} }) {
    Object.assign(this, { server, steps, pauseMs, taken });
  }

  /**
   * One client a run, numbered from 0: a batch is sent again until it is acknowledged, one in ten once more on purpose.
   */
  start(runs) {
    this.runs = runs;
    this.ended = Promise.all(runs.map(({ id }, client) => this.#write(id, client)));
  }

  /** Lets every client finish its batch. */
  async stop() {
    this.#stopping = true;
    this.#batches = (await this.ended) ?? [];
    this.#agent.destroy();
  }

  /** Sends nothing more, acknowledged or not: for an end in an error. */
  abandon() {
    this.#stopping = this.#abandoned = true;
    this.#agent.destroy();
  }

  async #write(id, client) {
    let seq = 0;
    for (; !this.#stopping; seq++) {
      await this.#sendUntilTaken(id, this.#batch(client, seq));
      if (this.#abandoned) break;
      this.acknowledged += METRICS * this.steps;
      this.taken();
      if (seq % 10 === 9) await this.#sendUntilTaken(id, this.#batch(client, Math.floor(seq * Math.random())));
      if (this.pauseMs) await sleep(this.pauseMs);
    }
    return seq;
  }

  async #sendUntilTaken(id, body) {
    for (;;) {
      const { url, key } = this.server();
      const address = `${url}/api/v1/runs/${id}/metrics`;
      const sent = await post(this.#agent, address, key, "application/vnd.etalon.metrics", body).then(
        () => true,
        () => false,
      );
      if (sent || this.#abandoned) return;
      await sleep(RETRY_MS);
    }
  }

  #batch(client, seq) {
    const steps = Array.from({ length: this.steps }, (_, i) => seq * this.steps + i);
    const metrics = Array.from({ length: METRICS }, (_, m) => `m${m}`);
    const values = metrics.map((_, m) => steps.map((s) => valueAt(client, m, s)));
    return binaryBody({ seq, metrics, steps, tokens: steps, times: steps, values });
  }

  /** Reads all points back: found once, doubled, and wrong in any bit. */
  async count() {
    let [found, doubled, wrong] = [0, 0, 0];
    for (const [client, run] of this.runs.entries()) {
      const { url, key } = this.server();
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${url}/api/v1/runs/${run.id}/points`, { headers });
      const logged = this.#batches[client] * this.steps;
      const seen = Array.from({ length: METRICS }, () => new Uint8Array(logged));
      for await (const line of lines(response.body)) {
        const [, , metric, step, tokens, , value] = line.split(",");
        if (!metric?.startsWith("m") || step === "step") continue;
        const m = Number(metric.slice(1));
        if (seen[m][step]) doubled++;
        else found++;
        seen[m][step] = 1;
        if (!Object.is(Number(value), valueAt(client, m, Number(step))) || tokens !== step || Number(step) >= logged)
          wrong++;
      }
    }
    return { acknowledged: this.acknowledged, found, doubled, wrong };
  }
}

function valueAt(client, m, step) {
  return step % 1_001 === 0 ? Number.NaN : Math.sin(step * (m + 1) + client);
}

async function* lines(body) {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of body) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = pieces.pop();
    yield* pieces;
  }
}
