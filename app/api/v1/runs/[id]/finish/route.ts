export { finish as POST } from "@/server/http/runs";
