export { getMapping, storedMapping } from "./get";
export { writeMapped } from "./on-arrival";
export { previewMapping } from "./preview";
export { mappingInput, resumeMappings, saveMapping } from "./save";
