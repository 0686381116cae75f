export { findInput, findThings } from "./find";
