export { begin as GET } from "@/server/http/sign-in";
