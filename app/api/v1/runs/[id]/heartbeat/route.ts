export { heartbeat as POST } from "@/server/http/runs";
