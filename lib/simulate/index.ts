export { COVERAGE_DESIGNS, coverageOf } from "./coverage";
export { normals } from "./normals";
export { plantedOptimum, plantedRuns, plantedSurface, quickstartDesign, type SurfaceDesign } from "./surface";
