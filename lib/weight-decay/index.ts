export {
  type DecayPoint,
  decayOf,
  fitTimescale,
  predictWeightDecay,
  type TimescaleLaw,
  type TimescalePoint,
  timescaleAt,
  timescalePoints,
} from "./law";
export { timescaleOf } from "./timescale";
