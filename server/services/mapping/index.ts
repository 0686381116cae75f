export { resumeMappings } from "./derive";
export { getMapping } from "./get";
export { previewMapping } from "./preview";
export { getRecipes } from "./recipes";
export { ignoredInput, mappingInput, saveMapping, saveRecipeIgnored } from "./save";
