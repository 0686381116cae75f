export { release as POST } from "@/server/http/work";
