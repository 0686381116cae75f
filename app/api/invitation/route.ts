export { accept as POST } from "@/server/http/sign-in";
