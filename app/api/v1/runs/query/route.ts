export { query as POST } from "@/server/http/runs";
