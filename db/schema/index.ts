export * from "./auth";
export * from "./deletion";
export * from "./fit";
export * from "./metric";
export * from "./project";
export * from "./run";
export * from "./sweep";
export * from "./team";
