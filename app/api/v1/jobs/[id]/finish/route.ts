export { finishWork as POST } from "@/server/http/work";
