export { lease as POST } from "@/server/http/work";
