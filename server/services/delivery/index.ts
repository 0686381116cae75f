export { startMessenger } from "./start";
