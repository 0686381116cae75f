export { retry as POST } from "@/server/http/work";
