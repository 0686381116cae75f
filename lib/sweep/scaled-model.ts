import type { Model } from "../protocol/model";
import { paramCounts } from "../protocol/model-size";
import type { ParamDefinition } from "../run";

/** Hidden sizes are multiples of this, as those of the presets are. */
const HIDDEN_STEP = 16;
const MOST_HEADS = 2 ** 10;

/** The model of the same make (depth, head size, hidden size over width) whose parameters, counted by `definition`, are nearest to `params`. */
export function scaledModel(like: Model, params: number, definition: ParamDefinition): Model {
  const step = like.kvHeads ?? 1;
  let best = widened(like, step);
  for (let heads = 2 * step; heads <= MOST_HEADS; heads += step) {
    const next = widened(like, heads);
    if (distance(next, params, definition) > distance(best, params, definition)) break;
    best = next;
  }
  return best;
}

function widened(like: Model, heads: number): Model {
  const width = (like.width / like.heads) * heads;
  const hidden = Math.max(1, Math.round((like.hidden * width) / like.width / HIDDEN_STEP)) * HIDDEN_STEP;
  return { ...like, width, heads, hidden };
}

function distance(model: Model, params: number, definition: ParamDefinition): number {
  return Math.abs(Math.log(paramCounts(model)[definition] / params));
}
