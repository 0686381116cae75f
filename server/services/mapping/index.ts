export { getMapping, storedMapping } from "./get";
export { mapOnArrival } from "./on-arrival";
export { previewMapping } from "./preview";
export { mappingInput, resumeMappings, saveMapping } from "./save";
