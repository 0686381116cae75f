export { authentication as GET, authentication as POST } from "@/server/http/sign-in";
