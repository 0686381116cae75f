export { configLookup, configNames, parseMapping } from "./config";
export {
  type Dimension,
  type DimensionValues,
  dimensionNames,
  dimensions,
  isDimension,
  type Mapping,
} from "./definitions";
export { compileExpression } from "./expression";
export { guessMapping } from "./guess";
export { pointOfDimensions } from "./run";
export { type Reader, readersOf } from "./source";
export { joinUnit, splitUnit, type Unit, unitsOf } from "./units";
export { valuesOf } from "./values";
