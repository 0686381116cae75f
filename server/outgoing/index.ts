export { post } from "./post";
export { signatureOf } from "./sign";
