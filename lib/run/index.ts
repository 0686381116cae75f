export {
  type Dimension,
  type DimensionKind,
  type Dimensions,
  type DimensionValue,
  definitionOf,
  dimensionCalled,
  dimensionNames,
  dimensionsOf,
  eachDimension,
  recipeDimensions,
} from "./dimensions";
export { FOLLOWS } from "./follows";
export { type LossTaking, lossLabel, lossLabels, lossUnit, TRAINER_LOSS } from "./loss";
export { anyParams, knownParams, type ParamDefinition, paramDefinitions, paramsBy } from "./params";
export { type LabTable, type RunColumns, type RunPoint, readLabTable, runColumns, runPointsOf } from "./point";
export { type Size, sizeKeyOf, sizeName, sizeNames } from "./size";
