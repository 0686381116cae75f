export { mailLink as POST } from "@/server/http/sign-in";
