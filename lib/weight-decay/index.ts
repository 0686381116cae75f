export { type DecayPoint, decayOf, fitTimescale, predictWeightDecay, type TimescaleLaw } from "./law";
export { timescaleOf } from "./timescale";
