export { register as POST } from "@/server/http/work";
