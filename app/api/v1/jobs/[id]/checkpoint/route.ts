export { loadCheckpoint as GET, saveCheckpoint as PUT } from "@/server/http/work";
