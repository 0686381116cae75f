export { type CheckRate, checkRates } from "./checks";
export { COVERAGE_DESIGNS, coverageOf } from "./coverage";
export { decayCoverage } from "./decays";
export { normalOf, normals } from "./normals";
export {
  plantedBestBatch,
  plantedOptimum,
  plantedRun,
  plantedRuns,
  plantedSurface,
  quickstartDesign,
  type SurfaceDesign,
} from "./surface";
