export { configLookup, configNames, parseMapping } from "./config";
export {
  fieldCalled,
  fieldOf,
  type MappedValues,
  type Mapping,
  type MappingField,
  mappingFields,
  readMapping,
} from "./definitions";
export { compileExpression } from "./expression";
export { guessMapping } from "./guess";
export { pointOfValues } from "./point";
export { RECIPE_IGNORED, recipeDifferences, recipeOf } from "./recipe";
export { type Reader, readersOf } from "./source";
export { joinUnit, splitUnit, type Unit, unitsOf } from "./units";
export { valuesOf } from "./values";
