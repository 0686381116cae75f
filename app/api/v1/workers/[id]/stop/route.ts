export { goodbye as POST } from "@/server/http/work";
