export { redeem as POST } from "@/server/http/sign-in";
