export { metrics as POST } from "@/server/http/runs";
