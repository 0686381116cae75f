export { health as GET } from "@/server/http/health";
