export { saveCheckpoint as PUT, loadCheckpoint as GET } from "@/server/http/work";
