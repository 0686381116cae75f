export * from "./auth";
export * from "./fit";
export * from "./lab";
export * from "./project";
export * from "./run";
export * from "./sweep";
export * from "./team";
