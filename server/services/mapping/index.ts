export { getMapping } from "./get";
export { previewMapping } from "./preview";
export { mappingInput, resumeMappings, saveMapping } from "./save";
