export { logs as POST } from "@/server/http/runs";
