export { logs as POST, readLogs as GET } from "@/server/http/runs";
