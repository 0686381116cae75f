export { append as POST } from "@/server/http/metrics";
